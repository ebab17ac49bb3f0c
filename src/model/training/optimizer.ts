/** The Adam optimizer. */

import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import { adamStep } from '../../backend/operations/adam.js';
import { disposeWeights, type Weights } from '../autoencoder/weights.js';

/** Adam's moments of every trained parameter, and the steps that it has made. */
export interface Moments {
  readonly m: Weights;
  readonly v: Weights;
  readonly steps: Readonly<Record<string, number>>;
}

/** How an optimizer starts. */
export interface OptimizerOptions {
  readonly learningRate: number;
  /** Names of the parameters that steps may change. Default: all. */
  readonly moving?: readonly string[];
  /** Moments to continue from. Default: zeros. */
  readonly moments?: Moments | undefined;
}

/**
 * A model's parameters while Adam trains them. It owns the tensors that it is given.
 *
 * Each parameter counts its own steps, so parameters that take turns behave as if each group had its own Adam.
 */
export class Optimizer {
  readonly #tf: TensorFlow;
  readonly #learningRate: number;
  #weights: Weights;
  #moments: Moments;

  constructor(tf: TensorFlow, weights: Weights, options: OptimizerOptions) {
    const { learningRate, moving = Object.keys(weights), moments } = options;
    this.#tf = tf;
    this.#weights = weights;
    this.#learningRate = learningRate;
    const zeros = () =>
      Object.fromEntries(moving.map((name) => [name, tf.zerosLike(weights[name]!)]));
    this.#moments = moments ?? {
      m: zeros(),
      v: zeros(),
      steps: Object.fromEntries(moving.map((name) => [name, 0])),
    };
  }

  /** The current parameters. A step frees these tensors and replaces them. */
  get weights(): Weights {
    return this.#weights;
  }

  get moments(): Moments {
    return this.#moments;
  }

  /**
   * Makes one Adam step for every parameter that has a gradient, and frees the gradients.
   *
   * @param rows - of parameters whose gradient is of some rows only: which. Their other rows stay as they are, and so do
   *   these rows' moments: they do not decay. The parameter counts the step.
   */
  step(gradients: Weights, rows: Readonly<Record<string, Int32Array>> = {}): void {
    const weights: Record<string, Tensor> = { ...this.#weights };
    const m: Record<string, Tensor> = { ...this.#moments.m };
    const v: Record<string, Tensor> = { ...this.#moments.v };
    const steps: Record<string, number> = { ...this.#moments.steps };
    for (const [name, gradient] of Object.entries(gradients)) {
      steps[name]!++;
      const before = { weight: weights[name]!, m: m[name]!, v: v[name]! };
      const options = {
        learningRate: this.#learningRate,
        update: steps[name]!,
        rows: rows[name],
      };
      const after = adamStep(this.#tf, before, gradient, options);
      // One parameter at a time, so that memory holds at most one of them twice.
      this.#tf.dispose([before.weight, before.m, before.v, gradient]);
      weights[name] = after.weight;
      m[name] = after.m;
      v[name] = after.v;
    }
    this.#weights = weights;
    this.#moments = { m, v, steps };
  }

  /** Replaces the values of some parameters and frees the old ones. */
  replace(others: Weights): void {
    for (const name of Object.keys(others)) this.#weights[name]!.dispose();
    this.#weights = { ...this.#weights, ...others };
  }

  dispose(): void {
    for (const tensors of [this.#weights, this.#moments.m, this.#moments.v])
      disposeWeights(tensors);
  }
}
