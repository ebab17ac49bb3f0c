import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** What a kept answer takes besides its bytes: its key and its place. */
const overheadBytes = 400;

/** An answer but for what is its request's own. */
export interface KeptAnswer {
  readonly source: 'model' | 'popularity';
  /** The JSON of everything after `recommendationId`. */
  readonly rest: Buffer;
}

/** Everything that an answer follows from. */
export interface AnswerOrigin {
  /** The id of the run; a run never changes. */
  readonly run: string;
  readonly userId: string;
  /** Item indices: what counts for the answer, in its order, and what is left out. */
  readonly clicks: readonly number[];
  readonly seen: readonly number[];
  /** When the titles were imported. */
  readonly catalogue: string | null;
  /** The options of the request, in an order of their own. */
  readonly options: unknown;
}

/**
 * Answers that were given, by all that they follow from: a click, a deletion or another run makes another key, so
 * that nothing stale is ever found. The one that was used longest ago goes first.
 */
export class AnswerCache {
  readonly #answers: LRUCache<string, KeptAnswer> | null;
  readonly #onQuestion: (result: 'hit' | 'miss') => void;

  /**
   * @param megabytes - what the answers may take together; 0 keeps none
   * @param onQuestion - told whether an answer was there
   */
  constructor(megabytes: number, onQuestion: (result: 'hit' | 'miss') => void = () => undefined) {
    this.#onQuestion = onQuestion;
    this.#answers =
      megabytes === 0
        ? null
        : new LRUCache({
            maxSize: megabytes * 2 ** 20,
            sizeCalculation: ({ rest }) => rest.length + overheadBytes,
          });
  }

  /** The kept answer, or else a new one, kept from now on. */
  async answer(origin: () => AnswerOrigin, make: () => Promise<KeptAnswer>): Promise<KeptAnswer> {
    if (this.#answers === null) return make();
    const key = keyOf(origin());
    const kept = this.#answers.get(key);
    this.#onQuestion(kept === undefined ? 'miss' : 'hit');
    if (kept !== undefined) return kept;
    const made = await make();
    this.#answers.set(key, made);
    return made;
  }
}

function keyOf({ clicks, seen, ...rest }: AnswerOrigin): string {
  const items = new Int32Array(clicks.length + seen.length);
  items.set(clicks);
  items.set(seen, clicks.length);
  const text = JSON.stringify([rest, clicks.length]);
  return hash('sha256', `${hash('sha256', items)}${text}`, 'base64');
}
