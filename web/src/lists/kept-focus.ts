/** Keeping the keyboard focus when a row leaves a list. */

import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Keeps the keyboard focus in place when the focused row leaves its list. The row that takes its place gets the
 * focus; if the list is gone, the heading of the view gets it.
 *
 * @param changes - dependencies of the list: rows may disappear when one changes
 * @returns a function to call before the change
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
