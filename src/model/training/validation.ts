/** Validating a network between two epochs. */

import type { Engine } from '../../backend/engine.js';
import { DivergenceError } from '../../errors.js';
import type { StoredTensor, StoredTensors } from '../../runs/format.js';
import { type Network, scoringShape } from '../autoencoder/network.js';
import {
  type Architecture,
  downloadWeights,
  layersOf,
  parameterShapes,
  transposed,
  type Weights,
} from '../autoencoder/weights.js';
import type { Recommender } from '../recommender.js';

/** What measures a network. */
export interface Validation {
  readonly engine: Engine;
  readonly network: Network;
  /** Gives NDCG@100 on validation users. It must not keep or dispose the model. */
  readonly validate: (model: Recommender) => Promise<number>;
}

/** A network between two epochs. */
export interface ValidatedNetwork {
  readonly ndcg100: number;
  /** The parameters that scoring needs; those of `stored` are the same arrays. */
  readonly scoring: StoredTensors;
}

/**
 * Measures a network on the validation users.
 *
 * @param weights - its parameters, which stay as they are
 * @param stored - the same parameters as arrays
 */
export async function validated(
  { engine, network, validate }: Validation,
  weights: Weights,
  stored: StoredTensors,
): Promise<ValidatedNetwork> {
  if (network.scoringWeights === undefined) {
    const ndcg100 = await validate(network.recommender(engine, weights));
    const names = parameterShapes(layersOf(scoringShape(network.shape))).map(({ name }) => name);
    return { ndcg100, scoring: Object.fromEntries(names.map((name) => [name, stored[name]!])) };
  }
  const own = network.scoringWeights(engine.tf, weights);
  const scoring = await downloadWeights(own);
  const model = network.recommender(engine, own);
  try {
    return { ndcg100: await validate(model), scoring };
  } finally {
    model.dispose();
  }
}

/** @throws DivergenceError naming a parameter that is not finite, and what usually helps */
export function requireFinite(
  weights: StoredTensors,
  { updates, learningRate }: { readonly updates: number; readonly learningRate: number },
): void {
  for (const [name, { data }] of Object.entries(weights)) {
    if (data.every(Number.isFinite)) continue;
    throw new DivergenceError(
      `${name} is not finite after update ${updates}; a lower learningRate than ${learningRate} usually helps`,
    );
  }
}

/**
 * Copies parameters into the arrays of earlier ones, so that memory holds the best ones once. Kernels become [inputs,
 * outputs], as a run keeps them.
 *
 * @param shape - the layers of the parameters
 */
export function keptCopy(
  weights: StoredTensors,
  earlier: StoredTensors | null,
  shape: Architecture,
): StoredTensors {
  const turned = layersOf(shape).filter(({ isTransposed }) => isTransposed);
  const turnedNames = new Set(turned.map(({ name }) => `${name}/kernel`));
  const copies = Object.entries(weights).map(([name, { shape, data }]): [string, StoredTensor] => {
    const own = earlier?.[name]?.data;
    const copy =
      own instanceof Float32Array && own.length === data.length
        ? own
        : new Float32Array(data.length);
    if (!turnedNames.has(name)) {
      copy.set(data);
      return [name, { shape, data: copy }];
    }
    const [outputs, inputs] = shape as [number, number];
    transposed(data as Float32Array, outputs, inputs, copy);
    return [name, { shape: [inputs, outputs], data: copy }];
  });
  return Object.fromEntries(copies);
}
