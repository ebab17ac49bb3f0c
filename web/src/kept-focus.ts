import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Keeps the keyboard where it was when the row that had the focus leaves its list: the row that took its place gets
 * it, and the heading of the view where the whole list has gone.
 *
 * @param changes - what may take rows away
 * @returns to be called before the change
 */
export function useKeptFocus(...changes: readonly unknown[]): () => void {
  const restore = useRef<(() => void) | null>(null);
  useLayoutEffect(() => restore.current?.(), changes);
  return () => {
    restore.current = rememberFocus();
  };
}

function rememberFocus(): () => void {
  const row = document.activeElement?.closest('li') ?? null;
  const list = row?.parentElement ?? null;
  const place = list && row ? [...list.children].indexOf(row) : 0;
  const button = row ? buttons(row).indexOf(document.activeElement as HTMLElement) : 0;
  return () => {
    if (document.activeElement !== document.body) return;
    const rows = list?.isConnected ? [...list.children] : [];
    const next = rows[Math.min(place, rows.length - 1)];
    const heading = document.querySelector<HTMLElement>('h1');
    (next ? buttons(next)[button] : heading)?.focus({ preventScroll: true });
  };
}

function buttons(row: Element): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>('button')];
}
