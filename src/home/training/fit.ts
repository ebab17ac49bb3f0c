/** Trains one model on a home's data and measures it on the validation users; nothing is published. */

import type { Collective } from '../../backend/collective/collective.js';
import type { Engine } from '../../backend/engine.js';
import { openEngine } from '../../backend/select.js';
import type { ModelConfig } from '../../config/models.js';
import type { Split } from '../../data/split/users.js';
import { evaluate } from '../../eval/evaluate.js';
import { models } from '../../model/models.js';
import type { Recommender } from '../../model/recommender.js';
import type { TrainingOrigin } from '../../model/training/checkpoint.js';
import type { TrainingHooks } from '../../model/training/hooks.js';
import type { TrainedModel } from '../../model/training/model-training.js';
import { type EngineOptions, engineOptions } from '../engine-options.js';
import { type Material, materialHash } from '../material.js';
import { weightsOnValidation } from './member-weights.js';
import type { WarmStart } from './warm-start.js';

/** Cutoffs of the metrics that a run keeps of its validation users. */
const cutoffs = [20, 50, 100];

/** A model, the data that it is trained on, and what computes it. */
export interface Fit {
  readonly material: Material;
  readonly config: ModelConfig;
  /** Null only for a model that computes without tensors. */
  readonly engine: Engine | null;
  /** The run that the training goes on from; absent where it begins anew. */
  readonly warm?: WarmStart | undefined;
  /** The processes over which the items are divided. Default: this one has all items. */
  readonly collective?: Collective | undefined;
}

/** Where a fit keeps its checkpoint, and who follows it. */
export interface FitOptions extends TrainingHooks {
  readonly folder: string;
  /** Whether to go on from the checkpoint in the folder. */
  readonly resume: boolean;
  readonly signal?: AbortSignal;
}

/** The engine for a model; null for a model that computes without tensors. */
export async function openEngineFor(
  config: ModelConfig,
  options: EngineOptions,
): Promise<Engine | null> {
  return models.computesWithTensors(config)
    ? openEngine(options.backend, engineOptions(options))
    : null;
}

/** What a training began with, as its checkpoint records it. */
export function originOf({ material, config, engine, warm }: Fit): TrainingOrigin {
  return {
    config,
    protocol: material.protocol,
    dataHash: materialHash(material),
    backend: engine?.name ?? 'none',
    ...(warm && { from: warm.run }),
  };
}

/**
 * Trains a model and measures it on the validation users; nothing is published.
 *
 * @throws DivergenceError, and the signal's reason when it was aborted, after a checkpoint
 */
export async function fitModel(
  fit: Fit,
  options: FitOptions,
): Promise<{ trained: TrainedModel; metrics: Record<string, number> }> {
  const trained = await trainModel(fit, options);
  const model = await loadTrained(fit, trained);
  const metrics = await validationMetrics(model, fit.material.split);
  model.dispose();
  return { trained, metrics };
}

/** Trains a model; of a network it keeps the epoch with the best validation NDCG@100. @throws as `fitModel` */
export function trainModel(fit: Fit, options: FitOptions): Promise<TrainedModel> {
  const { split, clicksOfUsers } = fit.material;
  const { folder, resume, signal, onStep, onEpoch, onMember, onRemark } = options;
  return models.train({
    engine: fit.engine,
    folder,
    resume,
    train: split.train,
    lengths: clicksOfUsers,
    origin: originOf(fit),
    ...(fit.warm && { earlier: fit.warm.earlier }),
    ...(fit.collective && { collective: fit.collective }),
    validate: async (model) => (await validationMetrics(model, split, [100]))['ndcg@100']!,
    learnWeights: (members, losses) =>
      weightsOnValidation({ members, losses, users: split.validation }, signal),
    ...(signal && { signal }),
    ...(onStep && { onStep }),
    ...(onEpoch && { onEpoch }),
    ...(onMember && { onMember }),
    ...(onRemark && { onRemark }),
  });
}

/** A model that was just trained; the caller disposes it. */
export function loadTrained(
  { material, config, engine, collective }: Fit,
  { weights, config: chosen = config }: Pick<TrainedModel, 'weights' | 'config'>,
): Promise<Recommender> {
  const { clicksOfItems: trainClicks } = material;
  const openEngine = async () => engine!;
  return models.load({ config: chosen, weights, trainClicks, openEngine, collective });
}

/** Means over the validation users, such as `ndcg@100`. */
export async function validationMetrics(
  model: Recommender,
  split: Split,
  ks: readonly number[] = cutoffs,
): Promise<Record<string, number>> {
  const { metrics } = await evaluate(model, split.validation, ks);
  return Object.fromEntries(Object.entries(metrics).map(([key, { mean }]) => [key, mean]));
}
