/** The minibatches of one epoch of training. */
import { RandomStream } from '../random.js';
import type { ClickMatrix } from './click-matrix.js';

/**
 * One epoch's minibatches: every row once. The order depends on the seed and the epoch alone, so a resumed training
 * gets the same batches as one that was never interrupted.
 */
export class EpochBatches {
  /** Batches in this epoch; the last one may be smaller. */
  readonly count: number;
  readonly #clicks: ClickMatrix;
  readonly #batchSize: number;
  readonly #order: Int32Array;

  /**
   * @param clicks - [U, I]
   * @param batchSize - rows a batch, at least 1
   * @param epoch - 1 for the first
   */
  constructor(clicks: ClickMatrix, batchSize: number, seed: number, epoch: number) {
    this.#clicks = clicks;
    this.#batchSize = batchSize;
    this.#order = new RandomStream(seed, 'order', epoch).permutation(clicks.rows);
    this.count = Math.ceil(clicks.rows / batchSize);
  }

  /** Batch k of 0..count-1, [B, I]; a copy of its rows. */
  batch(k: number): ClickMatrix {
    return this.#clicks.select(this.rows(k));
  }

  /** [B], which rows batch k has. */
  rows(k: number): Int32Array {
    const first = k * this.#batchSize;
    return this.#order.subarray(first, first + this.#batchSize);
  }
}
