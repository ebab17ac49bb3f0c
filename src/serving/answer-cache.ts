import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** What a kept answer takes besides its bytes and its key. */
const overheadBytes = 300;

/** An answer but for what is its request's own. */
export interface KeptAnswer {
  readonly source: 'model' | 'popularity';
  /** The JSON of everything after `recommendationId`. */
  readonly rest: Buffer;
}

/** What of the stored data an answer follows from. */
export interface AnswerOrigin {
  /** Item indices: what counts for the answer, in its order, and what is left out. */
  readonly clicks: readonly number[];
  readonly seen: readonly number[];
}

/** What is asked, and of what. */
export interface Question<Origin extends AnswerOrigin> {
  /** The id of the run; a run never changes. */
  readonly run: string;
  readonly userId: string;
  /** The options of the request, in an order of their own. */
  readonly options: unknown;
  /** Reads what is another number whenever any stored data may have changed. */
  readonly version: () => number;
  /** Reads what the answer follows from. */
  readonly origin: () => Origin;
  /** When the titles were imported. */
  readonly catalogue: () => string | null;
  readonly make: (origin: Origin) => Promise<KeptAnswer>;
}

interface Entry {
  readonly answer: KeptAnswer;
  /** Of the origin. */
  readonly fingerprint: string;
  /** The latest version of the data at which the origin was seen to be this one. */
  version: number;
}

/**
 * Answers that were given, by user, run and options, with what they follow from. An answer is given again only while
 * nothing stored has changed, or when the user's clicks are found to be the same: never after a click or a deletion.
 * The one that was used longest ago goes first.
 */
export class AnswerCache {
  readonly #entries: LRUCache<string, Entry> | null;
  readonly #onQuestion: (result: 'hit' | 'miss') => void;

  /**
   * @param megabytes - what the answers may take together; 0 keeps none
   * @param onQuestion - told whether an answer was there
   */
  constructor(megabytes: number, onQuestion: (result: 'hit' | 'miss') => void = () => undefined) {
    this.#onQuestion = onQuestion;
    this.#entries =
      megabytes === 0
        ? null
        : new LRUCache({
            maxSize: megabytes * 2 ** 20,
            sizeCalculation: ({ answer }, key) =>
              answer.rest.length + 2 * key.length + overheadBytes,
          });
  }

  /** The kept answer, or else a new one, kept from now on. */
  async answer<Origin extends AnswerOrigin>(question: Question<Origin>): Promise<KeptAnswer> {
    const { origin: read, make } = question;
    if (this.#entries === null) return make(read());
    const version = question.version();
    const key = JSON.stringify([question.run, question.userId, question.options]);
    const kept = this.#entries.get(key);
    if (kept?.version === version) return this.#found(kept);
    const origin = read();
    const fingerprint = `${question.catalogue()} ${fingerprintOf(origin)}`;
    if (kept?.fingerprint === fingerprint) {
      kept.version = version;
      return this.#found(kept);
    }
    this.#onQuestion('miss');
    const answer = await make(origin);
    // The version was asked for before the origin was read: what changed between them is looked at again.
    this.#entries.set(key, { answer, fingerprint, version });
    return answer;
  }

  #found({ answer }: Entry): KeptAnswer {
    this.#onQuestion('hit');
    return answer;
  }
}

function fingerprintOf({ clicks, seen }: AnswerOrigin): string {
  const items = new Int32Array(clicks.length + seen.length);
  items.set(clicks);
  items.set(seen, clicks.length);
  return `${clicks.length} ${hash('sha256', items, 'base64')}`;
}
