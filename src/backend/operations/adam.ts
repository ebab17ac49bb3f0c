/** The Adam step. */

import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel, runOwnKernel } from '../own-kernels.js';
import { takeRows } from './rows.js';

/** Adam's decay rates and denominator, those of Kingma & Ba 2015 and of the reference implementation. */
const decay1 = 0.9;
const decay2 = 0.999;
const epsilon = 1e-8;

/** One parameter with its moments. */
export interface AdamState {
  readonly weight: Tensor;
  readonly m: Tensor;
  readonly v: Tensor;
}

export interface AdamOptions {
  /** α */
  readonly learningRate: number;
  /** t, 1 for the first step */
  readonly update: number;
  /**
   * The rows that the gradient is of, ascending, each once: row k of the gradient belongs to row `rows[k]` of the
   * parameter. The others stay as they are, moments included. Default: all.
   */
  readonly rows?: Int32Array | undefined;
}

/**
 * One Adam step for one parameter (Kingma & Ba 2015, algorithm 1):
 *
 *   m ← β₁·m + (1 − β₁)·g      v ← β₂·v + (1 − β₂)·g²
 *   w ← w − α·(m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * computed as w − α′·m / (√v + ε′) with α′ = α·√(1 − β₂ᵗ)/(1 − β₁ᵗ) and ε′ = ε·√(1 − β₂ᵗ): the same
 * number with two passes less over the arrays. Each element is computed by itself, so the step is as
 * deterministic as the gradient.
 *
 * @returns new tensors. The caller disposes them and the old ones, and does not read the old ones again:
 *   a backend may have overwritten them
 */
export function adamStep(
  tf: TensorFlow,
  state: AdamState,
  gradient: Tensor,
  { learningRate, update, rows }: AdamOptions,
): AdamState {
  if (hasOwnKernel(tf, 'MultvaeAdam')) {
    const { weight, m, v } = state;
    const coefficients = { learningRate, beta1: decay1, beta2: decay2, epsilon, update, rows };
    const inputs = { weight, m, v, gradient };
    const after = runOwnKernel(tf, 'MultvaeAdam', inputs, coefficients);
    return { weight: after[0]!, m: after[1]!, v: after[2]! };
  }
  if (rows !== undefined) return stepRows(tf, state, gradient, { learningRate, update, rows });
  const correction2 = Math.sqrt(1 - decay2 ** update);
  const stepSize = (learningRate * correction2) / (1 - decay1 ** update);
  return tf.tidy(() => {
    const m = tf.add(tf.mul(state.m, decay1), tf.mul(gradient, 1 - decay1));
    const v = tf.add(tf.mul(state.v, decay2), tf.mul(tf.square(gradient), 1 - decay2));
    const denominator = tf.add(tf.sqrt(v), epsilon * correction2);
    const weight = tf.sub(state.weight, tf.div(tf.mul(m, stepSize), denominator));
    return { weight, m, v };
  }) as AdamState;
}

/** The step of some rows: they are taken out, stepped and put back. */
function stepRows(
  tf: TensorFlow,
  state: AdamState,
  gradient: Tensor,
  { rows, ...options }: AdamOptions & { readonly rows: Int32Array },
): AdamState {
  if (rows.length === 0) {
    return { weight: tf.clone(state.weight), m: tf.clone(state.m), v: tf.clone(state.v) };
  }
  return tf.tidy(() => {
    const take = (from: Tensor) => takeRows(tf, from, rows);
    const before = { weight: take(state.weight), m: take(state.m), v: take(state.v) };
    const after = adamStep(tf, before, gradient, options);
    const places = tf.tensor2d(rows, [rows.length, 1], 'int32');
    const [length, ...row] = state.weight.shape as [number, ...number[]];
    const isStepped = tf.reshape(tf.scatterND(places, tf.ones([rows.length]), [length]), [
      length,
      ...row.map(() => 1),
    ]);
    const put = (back: Tensor, into: Tensor) =>
      tf.where(tf.greater(isStepped, 0), tf.scatterND(places, back, into.shape), into);
    return {
      weight: put(after.weight, state.weight),
      m: put(after.m, state.m),
      v: put(after.v, state.v),
    };
  }) as AdamState;
}
