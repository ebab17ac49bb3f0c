/** Counts lists in SQLite, and reads the events that name them. */
import type { Database } from 'better-sqlite3';
import {
  eventsPerPage,
  type ListCount,
  type ListCounts,
  type ListEvent,
  oldestDay,
} from '../../lists.js';
import { WriteQueue } from '../writing/write-queue.js';

/** The lists of a home folder. The first count opens the database for writing. */
export class SqliteListCounts implements ListCounts {
  readonly #query: <T>(query: (db: Database) => T) => T;
  readonly #queue: WriteQueue;

  /** @param query - runs a query on the connection that reads */
  constructor(home: string, query: <T>(query: (db: Database) => T) => T) {
    this.#query = query;
    this.#queue = new WriteQueue(home);
  }

  add(counts: readonly ListCount[]): Promise<void> {
    return this.#queue.add((db) => {
      const add = db.prepare(
        `INSERT INTO lists (day, run, arm, measure, value, count)
         VALUES (@day, @run, @arm, @measure, @value, @count)
         ON CONFLICT (day, run, arm, measure, value) DO UPDATE SET count = count + excluded.count`,
      );
      for (const count of counts) add.run(count);
      db.prepare('DELETE FROM lists WHERE day < ?').run(oldestDay(Date.now()));
    });
  }

  async read(from: string): Promise<ListCount[]> {
    return this.#query(
      (db) =>
        db
          .prepare(
            `SELECT day, run, arm, measure, value, count FROM lists WHERE day >= ?
             ORDER BY day, run, arm, measure, value`,
          )
          .all(from) as ListCount[],
    );
  }

  async *events(from: string, to: string): AsyncGenerator<readonly ListEvent[]> {
    let last = { recommendationId: from, event: -1 };
    for (;;) {
      const page = this.#query(
        (db) =>
          db
            .prepare(
              `SELECT recommendation AS recommendationId, type, place, event FROM feedback
               WHERE recommendation IS NOT NULL AND (recommendation, event) > (?, ?) AND recommendation < ?
               ORDER BY recommendation, event LIMIT ${eventsPerPage}`,
            )
            .all(last.recommendationId, last.event, to) as (ListEvent & { event: number })[],
      );
      if (page.length > 0) yield page.map(({ event: _, ...event }) => event);
      if (page.length < eventsPerPage) return;
      last = page.at(-1)!;
      await new Promise(setImmediate);
    }
  }

  /** Commits what waits, and closes the database. */
  close(): void {
    this.#queue.close();
  }
}
