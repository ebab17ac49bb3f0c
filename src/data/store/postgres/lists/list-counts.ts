/** Counts lists in PostgreSQL, and reads the events that name them. */
import {
  eventsPerPage,
  type ListCount,
  type ListCounts,
  type ListEvent,
  oldestDay,
} from '../../lists.js';
import type { Connection } from '../connection.js';

/** The lists of a store. */
export class PostgresListCounts implements ListCounts {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async add(counts: readonly ListCount[]): Promise<void> {
    const column = (name: keyof ListCount) => counts.map((count) => count[name]);
    await this.#connection.transaction(async (session) => {
      // In one order, so that processes that add at once wait for each other instead of in a circle.
      await session.run(
        `INSERT INTO store.lists (day, run, arm, measure, value, count)
         SELECT day, run, arm, measure, value, sum(count)
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bigint[])
           AS added (day, run, arm, measure, value, count)
         GROUP BY day, run, arm, measure, value ORDER BY day, run, arm, measure, value
         ON CONFLICT (day, run, arm, measure, value)
         DO UPDATE SET count = lists.count + excluded.count`,
        (['day', 'run', 'arm', 'measure', 'value', 'count'] as const).map(column),
      );
      await session.run('DELETE FROM store.lists WHERE day < $1', [oldestDay(Date.now())]);
    });
  }

  read(from: string): Promise<ListCount[]> {
    return this.#connection.read<ListCount>(
      `SELECT day, run, arm, measure, value, count FROM store.lists WHERE day >= $1
       ORDER BY day, run, arm, measure, value`,
      [from],
    );
  }

  async *events(from: string, to: string): AsyncGenerator<readonly ListEvent[]> {
    let last = { recommendationId: from, event: -1 };
    for (;;) {
      const page = await this.#connection.read<ListEvent & { event: number }>(
        `SELECT recommendation AS "recommendationId", type, place, event FROM store.feedback
         WHERE recommendation IS NOT NULL AND (recommendation, event) > ($1, $2) AND recommendation < $3
         ORDER BY recommendation, event LIMIT ${eventsPerPage}`,
        [last.recommendationId, last.event, to],
      );
      if (page.length > 0) yield page.map(({ event: _, ...event }) => event);
      if (page.length < eventsPerPage) return;
      last = page.at(-1)!;
    }
  }
}
