/** A collective that measures how long its calls take, the wait for other ranks included. */

import type { Collective } from '../../src/backend/collective/collective.js';

export class TimedCollective implements Collective {
  readonly rank: number;
  readonly size: number;
  /** Milliseconds in calls so far. */
  ms = 0;
  readonly #inner: Collective;

  constructor(inner: Collective) {
    this.rank = inner.rank;
    this.size = inner.size;
    this.#inner = inner;
  }

  get sentBytes(): number {
    return this.#inner.sentBytes;
  }

  sum(values: Float32Array | Float64Array): void {
    this.#timed(() => this.#inner.sum(values));
  }

  combineSoftmax(parts: Float64Array): void {
    this.#timed(() => this.#inner.combineSoftmax(parts));
  }

  any(isTrue: boolean): boolean {
    return this.#timed(() => this.#inner.any(isTrue));
  }

  gather(mine: Uint8Array): Uint8Array[] {
    return this.#timed(() => this.#inner.gather(mine));
  }

  #timed<T>(call: () => T): T {
    const start = performance.now();
    try {
      return call();
    } finally {
      this.ms += performance.now() - start;
    }
  }
}
