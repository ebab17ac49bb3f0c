/** The product of sparse rows and a dense matrix, with its gradient. */

import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError } from '../../errors.js';
import type { ItemPart } from '../collective/item-part.js';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel, runOwnKernel, type SparseRows } from '../own-kernels.js';

export type { SparseRows } from '../own-kernels.js';

/**
 * Sparse rows times a dense kernel, h = diag(scale)·S·W, with the gradient for the kernel,
 * dW = Sᵀ·diag(scale)·dh.
 *
 * Both products are sums of segments of rows. Measured at 3,497 items, batch 500, 20,000 clicks, width
 * 600: the SparseSegmentSum kernel takes 5 ms on wasm and 45 ms on cpu; gather and scatter take 700 and
 * 2,500 ms. tfjs-node lacks that kernel, so a batch of S is made dense there. `native` and `webgpu` have
 * their own kernels, which read the rows as they are. The WebGPU kernel of TensorFlow.js adds in no fixed
 * order, so a user would not get the same scores twice.
 *
 * @param kernel - [I, H]
 * @param part - which items these are: the product is then summed over those of all ranks, block by block on `native`
 * @returns [B, H]; a row without clicks yields zeros
 * @throws ShapeError when the rows are not over I items or `scale` is not [B]
 */
export function sparseProduct(
  tf: TensorFlow,
  rows: SparseRows,
  kernel: Tensor2D,
  part?: ItemPart,
): Tensor2D {
  const { clicks, scale } = rows;
  const items = kernel.shape[0];
  if (clicks.columns !== items || scale.length !== clicks.rows) {
    throw new ShapeError(
      `${clicks.rows} rows over ${clicks.columns} items with ${scale.length} factors do not fit a kernel of ${items} items`,
    );
  }
  if (hasOwnKernel(tf, 'MultvaeSparseProduct')) {
    const fused = tf.customGrad((w) => ({
      value: runOwnKernel(tf, 'MultvaeSparseProduct', { kernel: w as Tensor }, { rows, part })[0]!, // [B, H]
      gradFunc: (dy: Tensor) => runOwnKernel(tf, 'MultvaeSparseProductGradient', { dy }, { rows }), // [I, H]
    }));
    return fused(kernel) as Tensor2D;
  }
  const hasKernel = Boolean(tf.getKernel('SparseSegmentSum', tf.getBackend()));
  const withGradient = tf.customGrad((...args) => {
    const [w] = args as unknown as [Tensor2D];
    const sums = hasKernel ? segmentSum(tf, w, clicks) : tf.matMul(denseRows(tf, clicks), w);
    return {
      value: tf.mul(sums, tf.tensor2d(scale, [clicks.rows, 1])), // [B, H]
      gradFunc: (dy: Tensor) => {
        const scaled = tf.mul(dy, tf.tensor2d(scale, [clicks.rows, 1])) as Tensor2D; // [B, H]
        if (!hasKernel) return [tf.matMul(denseRows(tf, clicks), scaled, true, false)]; // [I, H]
        const byItem = clicks.transpose();
        return [segmentSum(tf, scaled, byItem)]; // [I, H]
      },
    };
  });
  return withGradient(kernel) as Tensor2D;
}

/** out[r] = Σ of the table's rows that row r of the clicks picks. */
function segmentSum(tf: TensorFlow, table: Tensor2D, clicks: ClickMatrix): Tensor2D {
  if (clicks.clicks === 0) return tf.zeros([clicks.rows, table.shape[1]]);
  const pickTensor = tf.tensor1d(clicks.items, 'int32');
  const segmentTensor = tf.tensor1d(rowOfClick(clicks), 'int32');
  const sums = tf.sparse.sparseSegmentSum(table, pickTensor, segmentTensor) as Tensor2D;
  // The kernel stops at the last row that has a click.
  const missing = clicks.rows - sums.shape[0];
  return missing === 0
    ? sums
    : tf.pad2d(sums, [
        [0, missing],
        [0, 0],
      ]);
}

/** S as a tensor of zeros and ones, [B, I]. */
function denseRows(tf: TensorFlow, clicks: ClickMatrix): Tensor2D {
  if (clicks.clicks === 0) return tf.zeros([clicks.rows, clicks.columns]);
  const rows = rowOfClick(clicks);
  const places = Int32Array.from({ length: 2 * clicks.clicks }, (_, k) =>
    k % 2 === 0 ? rows[k >> 1]! : clicks.items[k >> 1]!,
  );
  const indices = tf.tensor2d(places, [clicks.clicks, 2], 'int32');
  return tf.scatterND(indices, tf.ones([clicks.clicks]), [clicks.rows, clicks.columns]) as Tensor2D;
}

/** The row of each click, [clicks]. */
function rowOfClick(clicks: ClickMatrix): Int32Array {
  const rows = new Int32Array(clicks.clicks);
  for (let u = 0; u < clicks.rows; u++) {
    rows.fill(u, clicks.offsets[u]!, clicks.offsets[u + 1]!);
  }
  return rows;
}
