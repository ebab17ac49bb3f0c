import type { Item } from './server/api.js';
import { getItem } from './server/api.js';
import { Problem } from './server/connection.js';

const known = new Map<string, Item>();

/** Remembers the titles of items that some reply held, so that they need not be asked for. */
export function remember(items: readonly Item[]): void {
  for (const { itemId, title, genres, year } of items) {
    known.set(itemId, { itemId, title, genres, year });
  }
}

/** What is known of an item; its bare id where that is nothing. */
export function knownItem(itemId: string): Item {
  return known.get(itemId) ?? { itemId, title: null, genres: [], year: null };
}

/** Asks for those of the items that no reply held; one that the catalogue does not have keeps its bare id. */
export async function learn(itemIds: readonly string[], signal: AbortSignal): Promise<Item[]> {
  await Promise.all(
    itemIds.map(async (itemId) => {
      if (known.has(itemId)) return;
      try {
        remember([await getItem(itemId, signal)]);
      } catch (error) {
        if (!(error instanceof Problem && error.status === 404)) throw error;
        remember([knownItem(itemId)]);
      }
    }),
  );
  return itemIds.map(knownItem);
}

/** What to call an item. */
export function nameOf({ title, itemId }: Pick<Item, 'title' | 'itemId'>): string {
  return title ?? `Item ${itemId}`;
}

/** A title without the year that some catalogues end it with, where the year is shown beside it. */
export function shortName({ title, itemId, year }: Omit<Item, 'genres'>): string {
  const name = nameOf({ title, itemId });
  return year === null ? name : name.replace(new RegExp(`\\s*\\(${year}\\)$`), '');
}
