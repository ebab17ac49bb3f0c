/** One gradient step of a training. */

import type { Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import { inPrecision } from '../../backend/precision.js';
import { DivergenceError } from '../../errors.js';
import type { Batch, Network, StepView } from '../autoencoder/network.js';
import { lossGradients } from './gradients.js';
import type { Optimizer } from './optimizer.js';

/** The loss and its terms, summed over the users of a batch, in nats. */
export interface StepSums {
  readonly users: number;
  readonly loss: number;
  readonly nll: number;
  readonly kl: number;
}

/**
 * One update of the parameters on one batch. Random numbers depend on (seed, update) alone and are drawn on
 * the host, so every backend and every resumed training gets the same ones.
 *
 * @throws DivergenceError when a user's loss is not finite; the parameters then stay unchanged
 */
export async function trainingStep(
  tf: TensorFlow,
  network: Network,
  optimizer: Optimizer,
  batch: Batch,
): Promise<StepSums> {
  const all = { weights: optimizer.weights, batch, rows: {} };
  const view: StepView = network.view?.(tf, optimizer.weights, batch) ?? all;
  const users = batch.clicks.rows;
  const { loss, nll, kl, gradients } = inPrecision(tf, network.config.precision, () =>
    lossGradients(tf, view.weights, { users, names: batch.pass.moves }, (current) =>
      network.loss(tf, current, view.batch),
    ),
  );
  tf.dispose(Object.keys(view.rows).map((name) => view.weights[name]!));
  // All at once, to wait for the device only once.
  const taken = await Promise.all([loss, nll, kl].map(takeSum));
  const sums = { users, loss: taken[0]!, nll: taken[1]!, kl: taken[2]! };
  if (!Number.isFinite(sums.loss)) {
    tf.dispose(gradients);
    throw new DivergenceError(
      `the loss is not a finite number at update ${batch.update + 1} (NLL ${sums.nll}, KL ${sums.kl}); a lower learningRate than ${network.config.learningRate} usually helps`,
    );
  }
  optimizer.step(gradients, view.rows);
  return sums;
}

async function takeSum(tensor: Tensor1D): Promise<number> {
  const values = (await tensor.data()) as Float32Array;
  tensor.dispose();
  let total = 0;
  for (const value of values) total += value;
  return total;
}
