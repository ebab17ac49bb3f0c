import type { Tensor } from '@tensorflow/tfjs';
import { adamStep } from '../backend/adam.js';
import type { TensorFlow } from '../backend/engine.js';
import { disposeWeights, type Weights } from './weights.js';

/** Adam's moments of every parameter, and how many steps made them. */
export interface Moments {
  readonly m: Weights;
  readonly v: Weights;
  readonly updates: number;
}

/** A model's parameters while Adam moves them. Owns the tensors it is given. */
export class Optimizer {
  readonly #tf: TensorFlow;
  readonly #learningRate: number;
  #weights: Weights;
  #moments: Moments;

  /** @param moments - those to go on from; without them, zeros */
  constructor(tf: TensorFlow, weights: Weights, learningRate: number, moments?: Moments) {
    this.#tf = tf;
    this.#weights = weights;
    this.#learningRate = learningRate;
    this.#moments = moments ?? { m: zerosLike(tf, weights), v: zerosLike(tf, weights), updates: 0 };
  }

  /** The current parameters; a step frees these tensors and puts others in their place. */
  get weights(): Weights {
    return this.#weights;
  }

  get moments(): Moments {
    return this.#moments;
  }

  /** Moves every parameter by one Adam step, and frees the gradients. */
  step(gradients: Weights): void {
    const updates = this.#moments.updates + 1;
    const weights: Record<string, Tensor> = {};
    const m: Record<string, Tensor> = {};
    const v: Record<string, Tensor> = {};
    for (const [name, weight] of Object.entries(this.#weights)) {
      const before = { weight, m: this.#moments.m[name]!, v: this.#moments.v[name]! };
      const gradient = gradients[name]!;
      const after = adamStep(this.#tf, before, gradient, this.#learningRate, updates);
      // One parameter at a time, so that at most one is held twice.
      this.#tf.dispose([before.weight, before.m, before.v, gradient]);
      weights[name] = after.weight;
      m[name] = after.m;
      v[name] = after.v;
    }
    this.#weights = weights;
    this.#moments = { m, v, updates };
  }

  dispose(): void {
    for (const tensors of [this.#weights, this.#moments.m, this.#moments.v])
      disposeWeights(tensors);
  }
}

function zerosLike(tf: TensorFlow, weights: Weights): Weights {
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, tf.zerosLike(weight)]),
  );
}
