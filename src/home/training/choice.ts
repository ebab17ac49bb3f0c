/** What `auto` publishes: the best of its trials and of their blend, always with a Mult-VAE. */

import type { ModelConfig } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { DivergenceError } from '../../errors.js';
import { joinedWeights } from '../../model/ensemble.js';
import type { TrainedModel } from '../../model/training/model-training.js';
import { type AutoTrial, autoScores } from './auto-table.js';
import type { Blend } from './blend.js';
import { bestOf, type SearchTrial, type TrainedTrial } from './model-search.js';

/** What is published. */
export interface Outcome extends Omit<TrainedModel, 'durationS'> {
  readonly config: ModelConfig;
  /** The trial that was chosen; null for the blend. */
  readonly single: TrainedTrial | null;
}

/**
 * The best single model or the blend, with a Mult-VAE among its members.
 *
 * @throws DivergenceError when no Mult-VAE was trained
 */
export function chosen(
  best: readonly TrainedTrial[],
  trials: readonly SearchTrial[],
  { parts, blend }: { readonly parts: readonly TrainedTrial[]; readonly blend: Blend | null },
): Outcome {
  const vae = best.find(({ config }) => config.model === 'mult-vae');
  if (vae === undefined) {
    const first = trials.find(({ config }) => config.model === 'mult-vae');
    const why = first !== undefined && 'failure' in first ? first.failure : 'no time was left';
    throw new DivergenceError(
      `no Mult-VAE could be trained, the first because: ${why}. Train another model, such as with \`multvae train --model ease\`.`,
    );
  }
  // On a tie the Mult-VAE is first, because it needs no other member.
  const single = bestOf([vae, ...best])!;
  const isBlend = blend !== null && blend.scores.both.mean > single.scores.both.mean;
  if (!isBlend && single === vae) return { ...vae, single };
  const weighted = isBlend
    ? parts.map((trial, k) => ({ trial, weight: blend.weights[k]! }))
    : [{ trial: single, weight: 1 }];
  const members = weighted.filter(({ trial, weight }) => weight > 0 || trial === vae);
  if (!members.some(({ trial }) => trial === vae)) members.push({ trial: vae, weight: 0 });
  return {
    config: parseConfig('ensemble', {
      members: members.map(({ trial, weight }) => ({ weight, config: trial.config })),
      popularityDiscount: isBlend ? blend.popularityDiscount : 0,
    }),
    weights: joinedWeights(members.map(({ trial }) => trial.weights)),
    log: [],
    best: null,
    single: isBlend ? null : single,
  };
}

/** A blend as a row. */
export function blendRow(
  parts: readonly TrainedTrial[],
  { weights, popularityDiscount, scores, isCut }: Blend,
  durationS: number,
  isChosen: boolean,
): AutoTrial {
  const words = parts
    .map(({ config }, k) => ({ name: config.model, weight: weights[k]! }))
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight }) => `${weight} ${name}`);
  const discount = popularityDiscount === 0 ? '' : `, popularityDiscount ${popularityDiscount}`;
  return {
    model: 'ensemble',
    setting: words.join(' + ') + discount,
    scores: autoScores(scores),
    failure: null,
    durationS,
    isCut,
    isChosen,
  };
}
