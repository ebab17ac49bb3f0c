/** Negative log-likelihoods of sparse clicks, with gradients that never make the clicks dense. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError } from '../../errors.js';
import type { ItemPart } from '../collective/item-part.js';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel, runOwnKernel } from '../own-kernels.js';
import { itemSums } from './item-sums.js';

/** A(f) of each row, and its gradient as units·perUnit. */
export interface Partition {
  /** [B], A(f) */
  readonly value: Tensor1D;
  /** [B, I] */
  readonly perUnit: Tensor2D;
  /** [B, 1] */
  readonly units: Tensor2D;
}

/**
 * The function A of a likelihood.
 *
 * @param logits - f, [B, I]
 * @param n - clicks of each row, [B, 1]
 * @param options - `weights`: how many items each column stands for, [1, I]; without them, one. `sum` sums over the
 *   items of each row.
 */
export type PartitionFunction = (
  tf: TensorFlow,
  logits: Tensor2D,
  n: Tensor2D,
  options: { readonly weights?: Tensor2D | undefined; readonly sum: (x: Tensor2D) => Tensor1D },
) => Partition;

/** Logits with the clicks that they explain. */
export interface WeightedLogits {
  /** f, [B, I] */
  readonly logits: Tensor2D;
  /** x, B sparse rows over I items */
  readonly clicks: ClickMatrix;
  /** [I], how many items each column stands for in A; 1 where it is clicked. Default: 1 each. */
  readonly itemWeights?: Float32Array | undefined;
  /** [B], the clicks of each row over the items of all ranks. Default: those of `clicks`. */
  readonly lengths?: Int32Array | undefined;
  /** Which items the columns are: sums are then over those of all ranks, block by block on `native`. Default: all. */
  readonly part?: ItemPart | undefined;
}

/**
 * A(f) − Σ_i x_i·f_i of each row under logits f, with its gradient, dA/df − x.
 *
 * The clicks enter as indices; TensorFlow.js's own gradient of a log-softmax would need them dense.
 *
 * @returns [B] nats per user, not averaged; the caller disposes it
 * @throws ShapeError when the shapes differ
 */
export function clickNll(
  tf: TensorFlow,
  partition: PartitionFunction,
  { logits, clicks, itemWeights, lengths, part }: WeightedLogits,
): Tensor1D {
  checkShapes(logits, clicks);
  const weights = itemWeights && tf.tensor2d(itemWeights, [1, clicks.columns]);
  const withGradient = tf.customGrad((...args) => {
    const [f, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const n = tf.tensor2d(Float32Array.from(lengths ?? clicks.rowLengths()), [clicks.rows, 1]);
    const sum = (x: Tensor2D) => itemSums(tf, x, part);
    const { value, perUnit, units } = partition(tf, f, n, { weights, sum });
    save([perUnit, units]);
    return {
      value: tf.sub(value, clickedLogits(tf, f, clicks, part)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [perUnit, units] = saved as [Tensor2D, Tensor2D];
        return [expectedLessObserved(tf, { perUnit, units, dy: dy as Tensor1D }, clicks)];
      },
    };
  });
  return withGradient(logits) as Tensor1D;
}

/** @throws ShapeError when the logits are not one for each row and item */
function checkShapes(logits: Tensor2D, clicks: ClickMatrix): void {
  const [rows, columns] = logits.shape;
  if (rows !== clicks.rows || columns !== clicks.columns) {
    throw new ShapeError(
      `logits [${rows}, ${columns}] do not fit clicks [${clicks.rows}, ${clicks.columns}]`,
    );
  }
}

/** Σ_i x_i·f_i of each row, [B]. */
function clickedLogits(
  tf: TensorFlow,
  logits: Tensor2D,
  clicks: ClickMatrix,
  part: ItemPart | undefined,
): Tensor1D {
  const isAlone = part === undefined || part.isWhole;
  if (isAlone && clicks.clicks === 0) return tf.zeros([clicks.rows]);
  if (hasOwnKernel(tf, 'MultvaeClickedLogits')) {
    return runOwnKernel(tf, 'MultvaeClickedLogits', { logits }, { clicks, part })[0] as Tensor1D;
  }
  const { places, rowOfClick } = clickPlaces(clicks);
  const clicked = tf.gatherND(logits, tf.tensor2d(places, [clicks.clicks, 2], 'int32')); // [clicks]
  const row = tf.tensor2d(rowOfClick, [clicks.clicks, 1], 'int32');
  return tf.scatterND(row, clicked, [clicks.rows]) as Tensor1D;
}

/** dy·(dA/df − x), [B, I]. */
function expectedLessObserved(
  tf: TensorFlow,
  inputs: { readonly perUnit: Tensor2D; readonly units: Tensor2D; readonly dy: Tensor1D },
  clicks: ClickMatrix,
): Tensor2D {
  const { perUnit, units, dy } = inputs;
  if (hasOwnKernel(tf, 'MultvaeLikelihoodGradient')) {
    return runOwnKernel(tf, 'MultvaeLikelihoodGradient', inputs, { clicks })[0] as Tensor2D;
  }
  const expected = tf.mul(perUnit, tf.mul(units, tf.reshape(dy, [clicks.rows, 1]))) as Tensor2D;
  if (clicks.clicks === 0) return expected;
  const { places, rowOfClick } = clickPlaces(clicks);
  const perClick = tf.gather(dy, tf.tensor1d(rowOfClick, 'int32')); // [clicks]
  const place = tf.tensor2d(places, [clicks.clicks, 2], 'int32');
  return tf.sub(expected, tf.scatterND(place, perClick, [clicks.rows, clicks.columns]));
}

/** Whether a backend has a kernel of its own for the multinomial likelihood. */
export function hasFusedMultinomial(tf: TensorFlow): boolean {
  return hasOwnKernel(tf, 'MultvaeMultinomial');
}

/**
 * The negative multinomial log-likelihood on a backend that has `hasFusedMultinomial`: one pass over the
 * logits, and another for the gradient.
 *
 * @param options - `overwriteLogits` lets the gradient take the place of the logits, when nothing reads them
 *   afterwards
 * @throws ShapeError when the shapes differ
 */
export function fusedMultinomialNll(
  tf: TensorFlow,
  { logits, clicks, lengths, part }: WeightedLogits,
  { overwriteLogits }: { readonly overwriteLogits: boolean },
): Tensor1D {
  checkShapes(logits, clicks);
  const withGradient = tf.customGrad((...args) => {
    const [f, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const attributes = { clicks, lengths, part };
    const [nll, parts] = runOwnKernel(tf, 'MultvaeMultinomial', { logits: f }, attributes);
    save([f, parts!]);
    return {
      value: nll!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const inputs = { logits: saved[0]!, parts: saved[1]!, dy };
        return runOwnKernel(tf, 'MultvaeMultinomialGradient', inputs, {
          clicks,
          overwrite: overwriteLogits,
        });
      },
    };
  });
  return withGradient(logits) as Tensor1D;
}

/** The (row, item) pair of each click, flat, and its row alone. */
function clickPlaces(clicks: ClickMatrix): { places: Int32Array; rowOfClick: Int32Array } {
  const places = new Int32Array(2 * clicks.clicks);
  const rowOfClick = new Int32Array(clicks.clicks);
  for (let u = 0; u < clicks.rows; u++) {
    for (let k = clicks.offsets[u]!; k < clicks.offsets[u + 1]!; k++) {
      places[2 * k] = u;
      places[2 * k + 1] = clicks.items[k]!;
      rowOfClick[k] = u;
    }
  }
  return { places, rowOfClick };
}
