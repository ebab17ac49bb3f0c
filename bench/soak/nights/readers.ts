/** Customers who ask a server for recommendations all the time, and note which run answers. */

import { setTimeout as sleep } from 'node:timers/promises';

/** What the readers saw. */
export interface ReadAnswers {
  /** Answers of each run. */
  readonly byRun: ReadonlyMap<string, number>;
  readonly answers: number;
  /** Replies other than 200, each once. */
  readonly errors: readonly string[];
}

/**
 * Starts readers.
 *
 * @param pauseMs - between an answer and the next question of a reader
 * @returns what was seen so far, and `stop`, which waits for the last answers
 */
export function startReaders(
  url: string,
  customers: readonly string[],
  { readers = 2, pauseMs = 20 } = {},
): ReadAnswers & { stop(): Promise<void> } {
  const byRun = new Map<string, number>();
  const errors = new Set<string>();
  const seen = { answers: 0, isOver: false };
  const read = async (reader: number) => {
    for (let k = reader; !seen.isOver; k += readers) {
      const customer = encodeURIComponent(customers[k % customers.length]!);
      const response = await fetch(`${url}/recommend/${customer}?n=10`);
      const body = (await response.json()) as { modelVersion: string };
      seen.answers++;
      if (response.status === 200) {
        byRun.set(body.modelVersion, (byRun.get(body.modelVersion) ?? 0) + 1);
      } else if (errors.size < 5) {
        errors.add(`${response.status} ${JSON.stringify(body)}`);
      }
      await sleep(pauseMs);
    }
  };
  const reading = Array.from({ length: readers }, (_, reader) => read(reader));
  return {
    byRun,
    get answers() {
      return seen.answers;
    },
    get errors() {
      return [...errors];
    },
    async stop() {
      seen.isOver = true;
      await Promise.all(reading);
    },
  };
}
