/** Trains a model on a home's data and publishes the run. */

import { rmSync } from 'node:fs';
import type { Engine } from '../backend/engine.js';
import { openEngine, parseBackendName } from '../backend/select.js';
import type { ModelConfig } from '../config/models.js';
import type { Protocol } from '../config/protocol.js';
import type { Split } from '../data/split/users.js';
import type { DatasetSummary } from '../data/store/sqlite/ratings-database.js';
import { DivergenceError, StorageError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import { easeMemory } from '../model/ease.js';
import { models } from '../model/models.js';
import type { Recommender } from '../model/recommender.js';
import { hasCheckpoint, type TrainingOrigin } from '../model/training/checkpoint.js';
import type { TrainingHooks } from '../model/training/hooks.js';
import type { TrainedModel } from '../model/training/model-training.js';
import type { EpochRecord } from '../runs/format.js';
import type { TrainingClaim } from '../runs/pending-runs.js';
import { RunStore } from '../runs/store.js';
import { packageVersion } from '../version.js';
import { type EngineOptions, engineOptions } from './engine-options.js';
import {
  type Material,
  materialHash,
  type ProtocolOptions,
  readMaterial,
  readMaterialAgain,
} from './material.js';
import type { StoppedTraining } from './runs.js';

/** Cutoffs of the metrics that a run keeps of its validation users. */
const cutoffs = [20, 50, 100];

/** What is known of a training before its first step. */
export interface TrainingStart {
  readonly runId: string;
  readonly dataName: string;
  /** The scale of the ratings; null where every row is a click. */
  readonly scale: DatasetSummary['scale'];
  readonly protocol: Protocol;
  readonly config: ModelConfig;
  readonly split: Split;
  /** Null for a model that computes without tensors. */
  readonly engine: Engine | null;
  /** Peak memory of the training in bytes; null for a model that needs little. */
  readonly peakMemoryBytes: number | null;
}

/** Callbacks that follow a training of a home; all optional. */
export interface TrainingWatcher extends TrainingHooks {
  /** Called once, before the first step. */
  readonly onStart?: (start: TrainingStart) => void;
}

/** What every training needs, a new one or a resumed one. */
export interface TrainingJob extends TrainingWatcher {
  /** The home folder. */
  readonly home: string;
  /** The words of the command, kept in the run's lineage. Default: none. */
  readonly command?: readonly string[];
  /** Stops the training after the step in progress, with a checkpoint; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Threads of the backend `native`. Default: all cores. */
  readonly threads?: number;
}

/** Which model a new training trains, and on which data. */
export interface NewTraining extends TrainingJob, EngineOptions {
  readonly config: ModelConfig;
  /** Default: the paper's protocol. */
  readonly protocol?: ProtocolOptions;
  /** Whether feedback counts among the clicks of training users. Default: false. */
  readonly withFeedback?: boolean;
}

/** A run that was trained and published; it is not active yet. */
export interface FinishedTraining {
  readonly runId: string;
  /** Means over the validation users, such as `ndcg@100`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The epoch that was kept; null for a model that has no epochs. */
  readonly best: EpochRecord | null;
  /** Seconds, over every resumption. */
  readonly durationS: number;
}

/** A model, the data that it is trained on, and what computes it. */
export interface Fit {
  readonly material: Material;
  readonly config: ModelConfig;
  /** Null only for a model that computes without tensors. */
  readonly engine: Engine | null;
}

/** Where a fit keeps its checkpoint, and who follows it. */
export interface FitOptions extends TrainingHooks {
  readonly folder: string;
  /** Whether to go on from the checkpoint in the folder. */
  readonly resume: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Trains a model on a home's data and publishes the run.
 *
 * @throws the signal's reason when it was aborted, after a checkpoint
 * @throws DivergenceError, SplitError, HomeError, BackendError
 */
export async function trainRun(training: NewTraining): Promise<FinishedTraining> {
  const { home, config, protocol, withFeedback = false } = training;
  const material = readMaterial(home, { ...protocol, withFeedback });
  const engine = await openEngineFor(config, training);
  const claim = new RunStore(home).begin(config.model);
  return trainAndPublish(training, { claim, resume: false, material, config, engine });
}

/**
 * Goes on with a training that was stopped or killed, on the backend it ran on.
 *
 * @param training - a job, and the result of `findCheckpoint`
 * @throws RunError when the home's data are no longer those that the training began with
 */
export async function resumeRun(
  training: TrainingJob & StoppedTraining,
): Promise<FinishedTraining> {
  const { home, runId, origin } = training;
  const { config } = origin;
  const material = readMaterialAgain(home, training);
  const engine = models.computesWithTensors(config)
    ? await openEngine(parseBackendName(origin.backend), engineOptions(training))
    : null;
  const claim = new RunStore(home).claim(runId);
  return trainAndPublish(training, { claim, resume: true, material, config, engine });
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
export function originOf({ material, config, engine }: Fit): TrainingOrigin {
  return {
    config,
    protocol: material.protocol,
    dataHash: materialHash(material),
    backend: engine?.name ?? 'none',
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
  const { material, config, engine } = fit;
  const { split } = material;
  const { folder, resume, signal, onStep, onEpoch, onMember, onRemark } = options;
  const trained = await models.train({
    engine,
    folder,
    resume,
    train: split.train,
    origin: originOf(fit),
    validate: async (model) => (await validationMetrics(model, split, [100]))['ndcg@100']!,
    ...(signal && { signal }),
    ...(onStep && { onStep }),
    ...(onEpoch && { onEpoch }),
    ...(onMember && { onMember }),
    ...(onRemark && { onRemark }),
  });
  const trainClicks = split.train.columnCounts();
  const model = await models.load({
    config,
    weights: trained.weights,
    trainClicks,
    openEngine: async () => engine!,
  });
  const metrics = await validationMetrics(model, split, cutoffs);
  model.dispose();
  return { trained, metrics };
}

interface ClaimedFit extends Fit {
  /** Given back at the end. */
  readonly claim: TrainingClaim;
  readonly resume: boolean;
}

async function trainAndPublish(job: TrainingJob, run: ClaimedFit): Promise<FinishedTraining> {
  const { claim, resume, material, config, engine } = run;
  const { id: runId, folder } = claim;
  const { dataset, protocol, split } = material;
  try {
    job.onStart?.({
      runId,
      dataName: dataset.name,
      scale: dataset.scale,
      protocol,
      config,
      split,
      engine,
      peakMemoryBytes: config.model === 'ease' ? easeMemory(split.vocabulary.length) : null,
    });
    const { trained, metrics } = await fitModel(run, { ...job, folder, resume });
    publish(job, { ...run, runId }, { trained, metrics });
    return { runId, metrics, best: trained.best, durationS: trained.durationS };
  } catch (error) {
    if (error instanceof DivergenceError) {
      throw new DivergenceError(
        `${error.message}. The last good checkpoint is kept in .pending-${runId}, beside the runs.`,
        { cause: error },
      );
    }
    if (error instanceof StorageError) throw stoppedByDisk(error, runId, folder);
    throw error;
  } finally {
    claim.release();
  }
}

/** The error of a training that the disk stopped: how to go on, or that nothing of it is left. */
function stoppedByDisk(error: StorageError, runId: string, folder: string): StorageError {
  let next = `Then \`multvae train --resume ${runId}\` goes on from the last checkpoint`;
  if (!hasCheckpoint(folder)) {
    rmSync(folder, { recursive: true, force: true });
    next = 'Then train again: nothing of this training is kept';
  }
  const told = error.message.replace(/ and try again$/, '');
  return new StorageError(error.fault, `${told}. ${next}.`, { cause: error });
}

function publish(
  { home, command = [] }: TrainingJob,
  { runId, material, config, engine }: Fit & { readonly runId: string },
  outcome: { readonly trained: TrainedModel; readonly metrics: Readonly<Record<string, number>> },
): void {
  const { dataset, protocol, split, feedback } = material;
  const { weights, log, durationS } = outcome.trained;
  new RunStore(home).publish(runId, {
    config,
    protocol,
    weights,
    metrics: outcome.metrics,
    log,
    vocabulary: { items: split.vocabulary, trainClicks: split.train.columnCounts() },
    split: { validation: split.validation, test: split.test },
    lineage: {
      dataHash: dataset.dataHash,
      dataName: dataset.name,
      ...(feedback && { feedback }),
      packageVersion,
      nodeVersion: process.version,
      backend: engine === null ? 'none' : `${engine.name} ${engine.version}`,
      seed: 'seed' in config ? config.seed : null,
      trainingUsers: split.train.rows,
      durationS,
      createdAt: new Date().toISOString(),
      command,
    },
  });
}

async function validationMetrics(
  model: Recommender,
  split: Split,
  ks: readonly number[],
): Promise<Record<string, number>> {
  const { metrics } = await evaluate(model, split.validation, ks);
  return Object.fromEntries(Object.entries(metrics).map(([key, { mean }]) => [key, mean]));
}
