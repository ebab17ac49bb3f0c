/** Titles of the items that earlier replies contained. */

import type { Item } from './server/api.js';
import { getItem } from './server/api.js';
import { Problem } from './server/connection.js';
import { capital, words } from './words.js';

const known = new Map<string, Item>();

/** Stores the titles of a reply's items, so that the page need not request them. */
export function remember(items: readonly Item[]): void {
  for (const { itemId, title, genres, year, fields } of items) {
    const own = fields ?? known.get(itemId)?.fields;
    known.set(itemId, { itemId, title, genres, year, ...(own && { fields: own }) });
  }
}

/** An item as far as it is known; only its id if no reply contained it. */
export function knownItem(itemId: string): Item {
  return known.get(itemId) ?? { itemId, title: null, genres: [], year: null };
}

/** Requests the items that no reply contained. An item missing from the catalogue keeps only its id. */
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

/** An item's title, or its id if it has none. */
export function nameOf({ title, itemId }: Pick<Item, 'title' | 'itemId'>): string {
  return title === null ? `${capital(words.value.item)} ${itemId}` : readable(title);
}

/** MovieLens sorts articles behind a film's name, also that of a translation in brackets. */
const sortedArticle =
  /(^|\()([^()]+), (The|An?|Les?|La|L'|Une?|Il|Lo|Gli|El|Los|Las|Der|Die|Das|Den|Det|De|Het|O|Os|As)(?=\)| \(|$)/g;

/** "Matrix, The (1999)" as people say it: "The Matrix (1999)". A title without a year is left as it is. */
function readable(title: string): string {
  if (!/ \(\d{4}\)$/.test(title)) return title;
  return title.replace(sortedArticle, (_, open: string, name: string, article: string) =>
    article === "L'" ? `${open}${article}${name}` : `${open}${article} ${name}`,
  );
}

/** What a user is called: a number says little by itself, an e-mail address says enough. */
export function userName(userId: string): string {
  return /^\d+$/.test(userId) ? `${capital(words.value.user)} ${userId}` : userId;
}

/** A title without the year at its end, for places that show the year separately. */
export function shortName({ title, itemId, year }: Omit<Item, 'genres'>): string {
  const name = nameOf({ title, itemId });
  return year === null ? name : name.replace(new RegExp(`\\s*\\(${year}\\)$`), '');
}
