/** Customers who ask a server for recommendations all the time, click and buy, and note which run answers. */

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
      const body = (await response.json()) as Answer;
      seen.answers++;
      if (response.status === 200) {
        byRun.set(body.modelVersion, (byRun.get(body.modelVersion) ?? 0) + 1);
        await act(url, customers[k % customers.length]!, { answer: body, list: seen.answers });
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

interface Answer {
  readonly modelVersion: string;
  readonly recommendationId: string;
  readonly items: readonly { readonly itemId: string }[];
}

/** Clicks every eighth list, the first places more often, and buys with every fourth click. */
async function act(
  url: string,
  userId: string,
  { answer, list }: { answer: Answer; list: number },
): Promise<void> {
  if (list % 8 > 0) return;
  const { recommendationId, items } = answer;
  const place = 1 + Math.floor(items.length * (((list / 8) * 0.618) % 1) ** 2);
  const item = items[place - 1];
  if (item === undefined) return;
  const types = list % 32 > 0 ? ['click'] : ['click', 'purchase'];
  const events = types.map((type) => ({
    key: `${recommendationId}-${type}`,
    userId,
    itemId: item.itemId,
    type,
    recommendationId,
    place,
  }));
  const headers = { 'Content-Type': 'application/json' };
  await fetch(`${url}/feedback`, { method: 'POST', headers, body: JSON.stringify({ events }) });
}
