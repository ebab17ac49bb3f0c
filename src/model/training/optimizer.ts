import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import { adamStep } from '../../backend/operations/adam.js';
import { disposeWeights, type Weights } from '../autoencoder/weights.js';

/** Adam's moments of every parameter that moves, and how many steps made them. */
export interface Moments {
  readonly m: Weights;
  readonly v: Weights;
  readonly steps: Readonly<Record<string, number>>;
}

/**
 * A model's parameters while Adam moves them. Owns the tensors it is given.
 *
 * Each parameter counts its own steps, so that parameters which take turns are as if each turn had an
 * Adam of its own.
 */
export class Optimizer {
  readonly #tf: TensorFlow;
  readonly #learningRate: number;
  #weights: Weights;
  #moments: Moments;

  /**
   * @param moving - names of the parameters that steps may move; without it, all
   * @param moments - those to go on from; without them, zeros
   */
  constructor(
    tf: TensorFlow,
    weights: Weights,
    learningRate: number,
    moving: readonly string[] = Object.keys(weights),
    moments?: Moments,
  ) {
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

  /** The current parameters; a step frees these tensors and puts others in their place. */
  get weights(): Weights {
    return this.#weights;
  }

  get moments(): Moments {
    return this.#moments;
  }

  /** Moves every parameter that has a gradient by one Adam step, and frees the gradients. */
  step(gradients: Weights): void {
    const weights: Record<string, Tensor> = { ...this.#weights };
    const m: Record<string, Tensor> = { ...this.#moments.m };
    const v: Record<string, Tensor> = { ...this.#moments.v };
    const steps: Record<string, number> = { ...this.#moments.steps };
    for (const [name, gradient] of Object.entries(gradients)) {
      steps[name]!++;
      const before = { weight: weights[name]!, m: m[name]!, v: v[name]! };
      const options = { learningRate: this.#learningRate, update: steps[name]! };
      const after = adamStep(this.#tf, before, gradient, options);
      // One parameter at a time, so that at most one is held twice.
      this.#tf.dispose([before.weight, before.m, before.v, gradient]);
      weights[name] = after.weight;
      m[name] = after.m;
      v[name] = after.v;
    }
    this.#weights = weights;
    this.#moments = { m, v, steps };
  }

  /** Puts other values in the place of some parameters, and frees the old ones. */
  replace(others: Weights): void {
    for (const name of Object.keys(others)) this.#weights[name]!.dispose();
    this.#weights = { ...this.#weights, ...others };
  }

  dispose(): void {
    for (const tensors of [this.#weights, this.#moments.m, this.#moments.v])
      disposeWeights(tensors);
  }
}
