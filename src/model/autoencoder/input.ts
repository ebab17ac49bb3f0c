/** The input of the encoder: normalised clicks, with dropout while training. */

import type { TensorFlow } from '../../backend/engine.js';
import { standardNormals } from '../../backend/operations/gaussian.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { bitsAt, RandomStream, RandomTable } from '../../random.js';
import type { Batch } from './network.js';

/**
 * The encoder's input while scoring: x / ‖x‖₂, which is 1/√n at each of n clicks.
 *
 * @param clicks - [B, I], or those of some items; an empty row stays zero
 * @param lengths - [B], n of each row over all items. Default: those of `clicks`.
 */
export function normalizedRows(clicks: ClickMatrix, lengths?: Int32Array): SparseRows {
  return { clicks, scale: inverseNorms(lengths ?? clicks.rowLengths()) };
}

/** What the encoder's input of an update depends on beside the clicks. */
export interface Corruption {
  /** Probability of removing a click, below 1. */
  readonly dropout: number;
  /** Whether the click of row u on item i stays follows from its number at (u, i). */
  readonly random: RandomTable;
  /** [B], n of each row over all items. Default: those of the clicks. */
  readonly lengths?: Int32Array | undefined;
  /** The item that the clicks' first column stands for. Default: 0. */
  readonly firstItem?: number;
}

/**
 * The encoder's input while training: L2 normalisation, then inverted dropout, as in the reference
 * implementation. The norm still counts the clicks that dropout removes.
 */
export function corruptedRows(
  clicks: ClickMatrix,
  { dropout, random, lengths, firstItem = 0 }: Corruption,
): SparseRows {
  const whole = normalizedRows(clicks, lengths);
  if (dropout === 0) return whole;
  const scale = whole.scale.map((norm) => norm / (1 - dropout));
  const minKept = dropout * 2 ** 32; // a draw is a uniform number times 2^32
  const items = new Int32Array(clicks.clicks);
  const offsets = new Int32Array(clicks.rows + 1);
  let kept = 0;
  for (let u = 0; u < clicks.rows; u++) {
    const row = random.row(u);
    for (let k = clicks.offsets[u]!; k < clicks.offsets[u + 1]!; k++) {
      const item = clicks.items[k]!;
      items[kept] = item;
      // No branch: the processor could not predict it.
      kept += Number(bitsAt(row, firstItem + item) >= minKept);
    }
    offsets[u + 1] = kept;
  }
  return { clicks: new ClickMatrix(clicks.columns, offsets, items.slice(0, kept)), scale };
}

/** What random input follows from. */
type RandomBatch = Pick<Batch, 'clicks' | 'lengths' | 'update' | 'pass'>;

/**
 * The encoder's input of one update. Which clicks stay follows from the seed, the update, the row and the item.
 *
 * @param firstItem - the item that the clicks' first column stands for. Default: 0.
 */
export function randomRows(
  seed: number,
  { clicks, lengths, update, pass }: RandomBatch,
  firstItem = 0,
): SparseRows {
  const random = new RandomTable(seed, 'dropout', update);
  return corruptedRows(clicks, { dropout: pass.dropout, random, lengths, firstItem });
}

/**
 * The noise of one update; it follows from the seed and the update alone.
 *
 * @returns [B, L], from N(0, 1)
 */
export function randomNoise(
  tf: TensorFlow,
  seed: number,
  { clicks, update }: RandomBatch,
  latentDim: number,
): Float32Array {
  const normal = new RandomStream(seed, 'noise', update);
  return standardNormals(tf, normal, clicks.rows * latentDim);
}

function inverseNorms(lengths: Int32Array): Float32Array {
  return Float32Array.from(lengths, (n) => (n === 0 ? 0 : 1 / Math.sqrt(n)));
}
