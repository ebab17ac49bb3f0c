/** The items that explain the recommendation under the pointer. */

import { signal } from '@preact/signals';

/** The clicks behind the recommendation under the pointer. The history marks them. */
export const pointed = signal<ReadonlySet<string>>(new Set());

const nothing: ReadonlySet<string> = new Set();

/** Replaces the marked items; an empty list marks none. */
export function pointAt(itemIds: readonly string[]): void {
  if (itemIds.length > 0 || pointed.value.size > 0) {
    pointed.value = itemIds.length > 0 ? new Set(itemIds) : nothing;
  }
}
