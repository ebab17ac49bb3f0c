import type { TensorFlow } from '../backend/engine.js';
import { inPrecision } from '../backend/precision.js';
import type { MultVaeConfig } from '../config.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { DivergenceError } from '../errors.js';
import { RandomStream } from '../random.js';
import { elboGradients } from './elbo.js';
import { corruptedRows } from './input.js';
import type { Optimizer } from './optimizer.js';
import type { Architecture } from './weights.js';

/** The terms of the loss, summed over the users of a batch, in nats; the loss is (nll + β·kl) / users. */
export interface StepSums {
  readonly users: number;
  readonly nll: number;
  readonly kl: number;
}

/**
 * One update of the parameters on one batch. Dropout and noise are drawn from (seed, update) alone, on
 * the host, so every backend and every resumed training meets the same.
 *
 * @param clicks - [B, I]
 * @param beta - weight of the KL term
 * @throws DivergenceError when a user's loss is not finite; the parameters are then as they were
 */
export async function trainingStep(
  tf: TensorFlow,
  shape: Architecture,
  config: MultVaeConfig,
  optimizer: Optimizer,
  clicks: ClickMatrix,
  beta: number,
): Promise<StepSums> {
  const update = optimizer.moments.updates;
  const dropout = new RandomStream(config.seed, 'dropout', update);
  const normal = new RandomStream(config.seed, 'noise', update);
  const noise = normal.normals(clicks.rows * config.latentDim);
  const rows = corruptedRows(clicks, config.dropout, dropout);
  const input = { rows, clicks, noise, beta };
  const { nll, kl, gradients } = inPrecision(tf, config.precision, () =>
    elboGradients(tf, shape, optimizer.weights, config.likelihood, input),
  );
  const sums = {
    users: clicks.rows,
    nll: sum((await nll.data()) as Float32Array),
    kl: sum((await kl.data()) as Float32Array),
  };
  tf.dispose([nll, kl]);
  if (!Number.isFinite(sums.nll + beta * sums.kl)) {
    tf.dispose(gradients);
    throw new DivergenceError(
      `the loss is no longer a finite number at update ${update + 1} (NLL ${sums.nll}, KL ${sums.kl}); a lower learningRate than ${config.learningRate} usually helps`,
    );
  }
  optimizer.step(gradients);
  return sums;
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
