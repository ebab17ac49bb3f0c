/** Counts what a home holds after an import: clicks, users with few of them, titles and feedback. */
import type { Database } from 'better-sqlite3';
import { isClick } from '../../click.js';
import { History } from './history.js';

/** What a home holds, as the default protocol sees it. */
export interface ImportCounts {
  /** Stored (user, item) pairs that are a click. */
  readonly clicks: number;
  /** Users with fewer clicks than the minimum. */
  readonly usersBelow: number;
  /** Rated items with a title. */
  readonly titledItems: number;
  readonly feedback: number;
  /** Feedback events on an item with a rating or a title. */
  readonly feedbackOnKnownItems: number;
}

/** Implements `RatingsDatabase.importCounts`. It reads every history once. */
export function countImport(db: Database, threshold: number, minClicks: number): ImportCounts {
  let clicks = 0;
  let usersBelow = 0;
  for (const bytes of db.prepare('SELECT ratings FROM histories').pluck().iterate()) {
    const history = new History(bytes as Buffer);
    let own = 0;
    for (let r = 0; r < history.length; r++) if (isClick(history.rating(r), threshold)) own++;
    clicks += own;
    if (own < minClicks) usersBelow++;
  }
  const count = (query: string) => db.prepare(query).pluck().get() as number;
  return {
    clicks,
    usersBelow,
    titledItems: count('SELECT count(*) FROM items WHERE ratings > 0 AND title IS NOT NULL'),
    feedback: count('SELECT count(*) FROM feedback'),
    feedbackOnKnownItems: count(
      'SELECT count(*) FROM feedback WHERE item_id IN (SELECT id FROM items)',
    ),
  };
}
