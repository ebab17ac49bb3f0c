/** A cache of answers in memory: a plain store, each entry with what says whether it still holds. */

import { LRUCache } from 'lru-cache';

/** What an entry takes besides its bytes and its key. */
const overheadBytes = 300;

/** An answer without the fields that differ from request to request. */
export interface CachedAnswer {
  readonly source: 'model' | 'popularity';
  /** How many items it holds. */
  readonly length: number;
  /** The JSON of everything after `recommendationId`. */
  readonly rest: Buffer;
}

/** The state of the stored data that an answer was made from. */
export interface AnswerOrigin {
  /** A number that changes whenever any stored data may have changed; null: unknown. */
  readonly version: number | null;
  /** A text that changes whenever the answer may change. */
  readonly fingerprint: string;
}

interface Entry {
  readonly answer: CachedAnswer;
  readonly fingerprint: string;
  /** The latest version of the data for which the fingerprint is known to hold; null: none. */
  version: number | null;
}

/** Answers by key. When memory runs out, the least recently used goes first. */
export class AnswerCache {
  readonly #entries: LRUCache<string, Entry>;
  readonly #onLookup: (result: 'hit' | 'miss') => void;

  /**
   * @param megabytes - memory of all entries together, above 0
   * @param onLookup - called once for each answer that is found, or found missing by `refresh`
   */
  constructor(megabytes: number, onLookup: (result: 'hit' | 'miss') => void = () => undefined) {
    this.#onLookup = onLookup;
    this.#entries = new LRUCache({
      maxSize: megabytes * 2 ** 20,
      sizeCalculation: ({ answer }, key) => answer.rest.length + 2 * key.length + overheadBytes,
    });
  }

  /** The answer under a key, when it is known to hold for this version of the data; else null, as for an unknown version. */
  get(key: string, version: number | null): CachedAnswer | null {
    if (version === null) return null;
    const entry = this.#entries.get(key);
    if (entry?.version !== version) return null;
    this.#onLookup('hit');
    return entry.answer;
  }

  /** The answer under a key, when its fingerprint is still this one: it then holds for this version too. */
  refresh(key: string, { version, fingerprint }: AnswerOrigin): CachedAnswer | null {
    const entry = this.#entries.peek(key);
    if (entry?.fingerprint !== fingerprint) {
      this.#onLookup('miss');
      return null;
    }
    if (version !== null) entry.version = version;
    this.#onLookup('hit');
    return entry.answer;
  }

  put(key: string, answer: CachedAnswer, { version, fingerprint }: AnswerOrigin): void {
    this.#entries.set(key, { answer, fingerprint, version });
  }
}
