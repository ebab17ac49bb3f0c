/** The input of the encoder: normalised clicks, with dropout while training. */

import type { TensorFlow } from '../../backend/engine.js';
import { standardNormals } from '../../backend/operations/gaussian.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { RandomStream } from '../../random.js';
import type { Batch } from './network.js';

/**
 * The encoder's input while scoring: x / ‖x‖₂, which is 1/√n at each of n clicks.
 *
 * @param clicks - [B, I]; an empty row stays zero
 */
export function normalizedRows(clicks: ClickMatrix): SparseRows {
  return { clicks, scale: inverseNorms(clicks) };
}

/**
 * The encoder's input while training: L2 normalisation, then inverted dropout, as in the reference
 * implementation. The norm still counts the clicks that dropout removes.
 *
 * @param dropout - probability of removing a click, below 1
 */
export function corruptedRows(
  clicks: ClickMatrix,
  dropout: number,
  random: RandomStream,
): SparseRows {
  if (dropout === 0) return normalizedRows(clicks);
  const scale = inverseNorms(clicks).map((norm) => norm / (1 - dropout));
  const draws = random.uint32s(clicks.clicks);
  const minKept = dropout * 2 ** 32; // a draw is a uniform number times 2^32
  const items = new Int32Array(clicks.clicks);
  const offsets = new Int32Array(clicks.rows + 1);
  let kept = 0;
  for (let u = 0; u < clicks.rows; u++) {
    for (let k = clicks.offsets[u]!; k < clicks.offsets[u + 1]!; k++) {
      items[kept] = clicks.items[k]!;
      // No branch: the processor could not predict it.
      kept += Number(draws[k]! >= minKept);
    }
    offsets[u + 1] = kept;
  }
  return { clicks: new ClickMatrix(clicks.columns, offsets, items.slice(0, kept)), scale };
}

/**
 * The random input of one update; it follows from the seed and the update alone.
 *
 * @returns the rows after dropout, and noise [B, L] from N(0, 1)
 */
export function randomInput(
  tf: TensorFlow,
  seed: number,
  { clicks, update, pass }: Pick<Batch, 'clicks' | 'update' | 'pass'>,
  latentDim: number,
): { rows: SparseRows; noise: Float32Array } {
  const rows = corruptedRows(clicks, pass.dropout, new RandomStream(seed, 'dropout', update));
  const normal = new RandomStream(seed, 'noise', update);
  const noise = standardNormals(tf, normal, clicks.rows * latentDim);
  return { rows, noise };
}

function inverseNorms(clicks: ClickMatrix): Float32Array {
  const norms = new Float32Array(clicks.rows);
  for (let u = 0; u < clicks.rows; u++) {
    const n = clicks.offsets[u + 1]! - clicks.offsets[u]!;
    norms[u] = n === 0 ? 0 : 1 / Math.sqrt(n);
  }
  return norms;
}
