/** Counts what an import brings: users of each item, clicks of each user. */
import type { ClickRule } from '../../click.js';
import { History } from './history.js';
import type { StoredHistory } from './history-merge.js';

/** What an import counts while it merges histories. */
export class ImportTally {
  /** New (user, item) pairs. */
  stored = 0;
  /** Rows of a pair that was stored already. */
  updated = 0;
  /** By item: its number of users. */
  #users: Int32Array;
  /** By item, in the database. */
  readonly #before: Int32Array;
  /** By user: how many stored ratings are a click. */
  #clicks: Int32Array;
  readonly #rule: ClickRule;

  /** @param counts - by item: its number of users in the database */
  constructor(counts: Int32Array, rule: ClickRule) {
    this.#before = counts;
    this.#users = Int32Array.from(counts);
    this.#clicks = new Int32Array(1024);
    this.#rule = rule;
  }

  /** Makes room for indices below these counts. */
  fit(users: number, items: number): void {
    this.#users = widened(this.#users, items);
    this.#clicks = widened(this.#clicks, users);
  }

  /** Takes note of a history that is stored, before or after a merge. */
  history(user: number, [ratings, weights]: StoredHistory): void {
    this.#clicks = widened(this.#clicks, user + 1);
    this.#clicks[user] = new History(ratings, weights).clicks(this.#rule);
  }

  /** A user has an item that was not among the user's. */
  pair(item: number): void {
    this.#users[item]!++;
    this.stored++;
  }

  /** How many users an item has. */
  usersOf(item: number): number {
    return this.#users[item] ?? 0;
  }

  /** The items with another number of users than in the database, with that number. */
  *changedItems(): Generator<readonly [item: number, users: number]> {
    for (const [item, users] of this.#users.entries()) {
      if (users !== (this.#before[item] ?? 0)) yield [item, users];
    }
  }

  /** Items with a user. */
  get ratedItems(): number {
    let rated = 0;
    for (const users of this.#users) if (users > 0) rated++;
    return rated;
  }

  /** Implements `RatingsWriter.clickCounts`. @param users - how many there are */
  clickCounts(users: number, minClicks: number): { clicks: number; usersBelow: number } {
    let clicks = 0;
    let usersBelow = 0;
    for (let user = 0; user < users; user++) {
      const own = this.#clicks[user] ?? 0;
      clicks += own;
      if (own < minClicks) usersBelow++;
    }
    return { clicks, usersBelow };
  }
}

function widened(counts: Int32Array, length: number): Int32Array {
  if (counts.length >= length) return counts;
  const larger = new Int32Array(2 * length);
  larger.set(counts);
  return larger;
}
