/** Storing and withdrawing a user's opinion on an item. */

import { announce, announceFailure } from './announce.js';
import { nameOf, userName } from './known-items.js';
import type { Item } from './server/api.js';
import { sendFeedback, withdrawFeedback } from './server/api.js';

/** Keys of the feedback given since the page was opened, by user and item. Withdrawing needs them. */
const given = new Map<string, string>();

const place = (userId: string, itemId: string) => JSON.stringify([userId, itemId]);

/** Whether an opinion was given from this page, so that it can be withdrawn. */
export function wasGivenHere(userId: string, itemId: string): boolean {
  return given.has(place(userId, itemId));
}

/**
 * Stores a user's opinion and announces it.
 *
 * @param rating - null stores a click, which counts as liking
 * @param changed - called when the server has stored the opinion, and again when it is withdrawn
 */
export async function giveFeedback(
  userId: string,
  item: Item,
  rating: number | null,
  changed: () => void,
): Promise<void> {
  const key = `web-${randomWord()}`;
  try {
    const timestamp = Math.floor(Date.now() / 1000);
    await sendFeedback({ key, userId, itemId: item.itemId, rating, timestamp });
  } catch (error) {
    announceFailure(error);
    return;
  }
  given.set(place(userId, item.itemId), key);
  changed();
  announce(`Stored: ${userName(userId)} ${opinion(rating)} ${nameOf(item)}.`, () => {
    void takeBack(userId, item, changed);
  });
}

/** Deletes an opinion that was given from this page. */
export async function takeBack(userId: string, item: Item, changed: () => void): Promise<void> {
  const key = given.get(place(userId, item.itemId));
  if (key === undefined) return;
  try {
    await withdrawFeedback(key);
  } catch (error) {
    announceFailure(error);
    return;
  }
  given.delete(place(userId, item.itemId));
  changed();
  announce(`Taken back: ${nameOf(item)}.`);
}

function opinion(rating: number | null): string {
  return rating === null ? 'likes' : 'does not like';
}

/** A random word of 128 bits. `crypto.randomUUID` is missing on http pages of other machines. */
function randomWord(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
