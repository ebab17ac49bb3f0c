import { signal } from '@preact/signals';

/** The items behind the recommendation that the reader points at, to be marked in the history beside it. */
export const pointed = signal<ReadonlySet<string>>(new Set());

const nothing: ReadonlySet<string> = new Set();

/** Marks some items, or none. */
export function pointAt(itemIds: readonly string[]): void {
  if (itemIds.length > 0 || pointed.value.size > 0) {
    pointed.value = itemIds.length > 0 ? new Set(itemIds) : nothing;
  }
}
