/** What processes that train one model together do in common. */

/**
 * The processes of a training, one of them this one. They are called ranks.
 *
 * Every rank calls the same methods in the same order, each with arrays of the same length. Each gets the same bits.
 */
export interface Collective {
  /** This process: 0..size-1. */
  readonly rank: number;
  /** The number of ranks, a power of two. */
  readonly size: number;
  /** Bytes that this rank has sent. */
  readonly sentBytes: number;

  /**
   * Σ over all ranks, in place. Neighbours are added first, then pairs of neighbours: a binary tree, so that ranks which
   * hold the halves of 2^k blocks add up to what one rank adds up by the same tree.
   */
  sum(values: Float32Array | Float64Array): void;

  /** The parts of softmaxes, combined along the same tree, in place. @param parts - [rows, 3], as in `block-tree.ts` */
  combineSoftmax(parts: Float64Array): void;

  /** Whether any rank says yes. */
  any(isTrue: boolean): boolean;

  /** The bytes of every rank, by rank. Their lengths may differ. */
  gather(mine: Uint8Array): Uint8Array[];
}

/** The twin of all collectives: one process, which has everything. Every training has a collective. */
export const alone: Collective = {
  rank: 0,
  size: 1,
  sentBytes: 0,
  sum: () => undefined,
  combineSoftmax: () => undefined,
  any: (isTrue) => isTrue,
  gather: (mine) => [mine],
};
