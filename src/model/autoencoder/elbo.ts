/** The training objective of Mult-VAE. */

import type { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { gaussianDivergence, gaussianSample } from '../../backend/operations/gaussian.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import type { Likelihood } from '../../config/network-parameters.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { decodedNll } from './decoder.js';
import { encode } from './encoder.js';
import type { LossTerms, Targets } from './network.js';
import type { Architecture, Weights } from './weights.js';

/** The input of one evaluation of the objective. */
export interface ElboInput {
  /** The encoder's input: normalised, after dropout. */
  readonly rows: SparseRows;
  /** [B, I], all clicks. */
  readonly clicks: ClickMatrix;
  /** What the decoder explains. Default: the clicks. */
  readonly targets?: Targets | undefined;
  /** [B, L], ε of the reparametrisation z = μ + ε·exp(½ log σ²). */
  readonly noise: Float32Array;
  /** Weight of the KL term. */
  readonly beta: number;
  readonly likelihood: Likelihood;
  /** Which items the rows and the logits are of. Default: all. */
  readonly part?: ItemPart | undefined;
}

/** −log p(x|z) + β·KL(q(z|x) ‖ N(0, I)) with one sample of z per user (Liang et al. 2018, eq. 5 and 6). */
export function elboTerms(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  { rows, clicks, targets = { clicks }, noise, beta, likelihood, part }: ElboInput,
): LossTerms {
  const posterior = encode(tf, shape, weights, rows, part);
  const z = gaussianSample(tf, posterior, noise); // [B, L]
  const nll = decodedNll(tf, shape, weights, { z, likelihood, targets, part });
  const kl = gaussianDivergence(tf, posterior);
  return { loss: tf.add(nll, tf.mul(kl, beta)), nll, kl };
}
