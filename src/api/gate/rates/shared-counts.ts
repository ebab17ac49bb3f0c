/** Counts of requests that several processes share, with this process's own counts for the time when those do not answer. */

import {
  type ClientRateLimitInfo,
  MemoryStore,
  type Options,
  type Store,
} from 'express-rate-limit';

/** A request waits for the shared count no longer than this. */
const usualPatienceMs = 250;
/** While the shared counts do not answer, they are asked again this often at most, and no request waits for it. */
const retryAfterMs = 1000;
/** Such a question may take this long: it may begin with a new connection. */
const retryTimeoutMs = 2000;

/** Where several processes count together. */
export interface CountSource {
  /** Names it in remarks, without secrets. */
  readonly name: string;
  /** Called once, before anything is counted. */
  init(options: Options): void;
  /** Whether it can be reached. @throws an error that says why not */
  check(): Promise<void>;
  /** Counts a request of a client, and gives the count of all processes. */
  increment(key: string): Promise<ClientRateLimitInfo>;
  /** Forgets a connection that gave no answer. */
  reset(): void;
  /** Ends its connections. */
  close(): void;
}

/** Whom shared counts tell that they fail or are back, and that a process counted alone. */
export interface CountsListener {
  readonly onRemark: (text: string) => void;
  /** A request was counted by this process alone. */
  readonly onOwnCount: () => void;
  /** How long a request waits for the shared count. Default: 250 ms. */
  readonly patienceMs?: number;
}

/**
 * The store of a rate limit that holds across processes. It never holds up a request for longer than a quarter of a
 * second: when the source is late or fails, this process's own count decides, which goes on all the time. From then on
 * nothing waits for the source until it has answered again, which is tried once a second.
 */
export class SharedCounts implements Store {
  readonly #source: CountSource;
  readonly #listener: CountsListener;
  readonly #own = new MemoryStore();
  #isAnswering = true;
  #isAsking = false;
  /** By `performance.now()`. */
  #askedAt = 0;

  constructor(source: CountSource, listener: CountsListener) {
    this.#source = source;
    this.#listener = listener;
  }

  /** Whether the count of all processes decides. */
  get isShared(): boolean {
    return this.#isAnswering;
  }

  init(options: Options): void {
    this.#own.init(options);
    this.#source.init(options);
  }

  /** Asks the source before the first request comes; remarks on one that does not answer. */
  async check(): Promise<void> {
    try {
      await within(retryTimeoutMs, this.#source.check());
    } catch (error) {
      this.#failed(error);
    }
  }

  async increment(key: string): Promise<ClientRateLimitInfo> {
    // Its object changes with the next request of the client.
    const { totalHits, resetTime } = await this.#own.increment(key);
    const own = { totalHits, resetTime };
    if (this.#isAnswering) {
      try {
        return await within(
          this.#listener.patienceMs ?? usualPatienceMs,
          this.#source.increment(key),
        );
      } catch (error) {
        this.#failed(error);
      }
    } else this.#askAgain(key);
    this.#listener.onOwnCount();
    return own;
  }

  decrement(key: string): Promise<void> {
    return this.#own.decrement(key);
  }

  resetKey(key: string): Promise<void> {
    return this.#own.resetKey(key);
  }

  /** Ends the connections of the source. */
  shutdown(): void {
    this.#own.shutdown();
    this.#source.close();
  }

  #failed(error: unknown): void {
    this.#askedAt = performance.now();
    // Other requests may have waited for the same answer.
    if (!this.#isAnswering) return;
    this.#isAnswering = false;
    this.#source.reset();
    const why = error instanceof Error ? error.message : String(error);
    this.#listener.onRemark(
      `${this.#source.name} does not count requests (${why}); each process keeps the rate limit for itself meanwhile`,
    );
  }

  /** Counts a request at the source too, where it is time to try; nothing waits for it. */
  #askAgain(key: string): void {
    if (this.#isAsking || performance.now() - this.#askedAt < retryAfterMs) return;
    this.#isAsking = true;
    within(retryTimeoutMs, this.#source.increment(key))
      .then(
        () => {
          this.#isAnswering = true;
          this.#listener.onRemark(`${this.#source.name} counts requests again, for all processes`);
        },
        () => this.#source.reset(),
      )
      .finally(() => {
        this.#isAsking = false;
        this.#askedAt = performance.now();
      });
  }
}

/**
 * A promise's value if it comes in time. An answer that has already arrived when a late event loop gets to it is in time.
 *
 * @throws Error when it does not come
 */
function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer within ${timeoutMs / 1000} s`));
    // Timers come before what has arrived; the second turn sees promises that the first one settled.
    const timer = setTimeout(() => setImmediate(() => setImmediate(late)), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
