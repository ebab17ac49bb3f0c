/** `auto`: tries several models within a time limit, and publishes the best of them and their blend as one run. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../backend/engine.js';
import { openEngine } from '../../backend/select.js';
import type { MultVaeConfig } from '../../config/models.js';
import { completeConfig } from '../../config/parse.js';
import type { Protocol } from '../../config/protocol.js';
import type { DatasetSummary } from '../../data/store/dataset.js';
import { placeAt } from '../../data/store/place.js';
import type { TrainedModel } from '../../model/training/model-training.js';
import { RunStore } from '../../runs/store.js';
import { type EngineOptions, engineOptions } from '../engine-options.js';
import { type LeftOut, leftOutOf, readMaterial } from '../material.js';
import type { ProtocolOptions } from '../split/protocol-options.js';
import type { FinishedTraining, TrainingJob } from '../training.js';
import { trialRow } from './auto-table.js';
import { type Blend, bestBlend } from './blend.js';
import { blendRow, chosen, type Outcome } from './choice.js';
import { loadTrained, validationMetrics } from './fit.js';
import { searchModels, type TrainedTrial } from './model-search.js';
import { publishTrained } from './publication.js';
import { type AutoWork, attempt, type TrialWatcher } from './trial.js';
import { type DataShape, skippedModels } from './trial-settings.js';

/** Seconds that `auto` takes at most where nothing else is asked for. */
export const defaultAutoDurationS = 600;
/** The part of the time that is for the models; the rest is for their blend. */
const trainingPart = 0.8;

/** What is known of `auto` before its first trial. */
export interface AutoStart {
  readonly runId: string;
  readonly dataName: string;
  /** The scale of the ratings; null where every row is a click. */
  readonly scale: DatasetSummary['scale'];
  /** What the weights of a click add up to at least; null where the data have none. */
  readonly minWeight: DatasetSummary['minWeight'];
  readonly protocol: Protocol;
  /** Absent when the protocol leaves nobody out. */
  readonly leftOut?: LeftOut;
  readonly trainingUsers: number;
  readonly validationUsers: number;
  readonly items: number;
  /** Of the networks; they follow the number of training users. */
  readonly pace: Pick<MultVaeConfig, 'batchSize' | 'patience'>;
  readonly engine: Engine;
  readonly maxDurationS: number;
}

/** Callbacks that follow `auto`; all optional. */
export interface AutoWatcher extends Omit<TrialWatcher, 'signal'> {
  readonly onAutoStart?: (start: AutoStart) => void;
}

/** How long `auto` may take, and from which seed. */
export interface AutoOptions extends AutoWatcher {
  /** Seconds. Default: 600. */
  readonly maxDurationS?: number;
  /** Milliseconds; a clock that never goes back. Default: `performance.now`. */
  readonly now?: () => number;
}

/** What `auto` works on. */
export interface AutoTraining
  extends AutoOptions,
    Pick<TrainingJob, 'home' | 'command' | 'signal'>,
    EngineOptions {
  /** Seed of the networks. Default: 1. */
  readonly seed?: number;
  /** Default: the paper's protocol. */
  readonly protocol?: ProtocolOptions;
  /** Whether feedback counts among the clicks of training users. Default: false. */
  readonly withFeedback?: boolean;
}

/**
 * Tries popularity, item-based neighbours, EASE (as EDLAE with users' weights), a kernel autoencoder, Mult-VAE, Mult-DAE,
 * RecVAE and a blend of them with learned weights, and publishes the best by the mean of validation NDCG@100
 * on whole and on short fold-ins. The run always has a Mult-VAE: where that is no part of the best, it is a member of
 * weight 0, which answers what only a Mult-VAE can.
 *
 * The same data, seed and instruction set give the same run, unless the time limit ended something.
 *
 * @throws the signal's reason when it was aborted; nothing is kept then
 * @throws DivergenceError when every Mult-VAE diverged
 * @throws SplitError, HomeError, BackendError, StorageError
 */
export async function trainAuto(training: AutoTraining): Promise<FinishedTraining> {
  const { home, protocol, withFeedback = false, now = () => performance.now() } = training;
  const { maxDurationS = defaultAutoDurationS, seed = 1 } = training;
  const { onRemark } = training;
  const material = await readMaterial(home, { ...protocol, withFeedback, onRemark });
  const engine = await openEngine(training.backend, engineOptions(training));
  const claim = new RunStore(placeAt(home).folder).begin('auto');
  const started = now();
  let isPublished = false;
  try {
    const { split, dataset } = material;
    training.onAutoStart?.({
      runId: claim.id,
      dataName: dataset.name,
      scale: dataset.scale,
      minWeight: dataset.minWeight,
      protocol: material.protocol,
      ...leftOutOf(material),
      trainingUsers: split.train.rows,
      validationUsers: split.validation.users.length,
      items: split.vocabulary.length,
      pace: completeConfig({ model: 'mult-vae' }, { trainingUsers: split.train.rows }),
      engine,
      maxDurationS,
    });
    const work = { material, engine, folder: join(claim.folder, 'trial'), now };
    const shape: DataShape = {
      trainingUsers: split.train.rows,
      items: split.vocabulary.length,
      clicks: split.train.clicks,
      seed,
    };
    for (const text of skippedModels(shape)) training.onRemark?.(text);
    const deadline = started + 1000 * maxDurationS;
    const found = await searchModels({
      shape,
      now,
      deadline: started + trainingPart * 1000 * maxDurationS,
      attempt: (config, limit) => attempt(work, training, { config, limit }),
    });
    const blendStarted = now();
    const parts = found.best.filter(({ config }) => config.model !== 'popularity');
    const blend = await blendOf(work, parts, () => {
      training.signal?.throwIfAborted();
      return now() >= deadline;
    });
    const blendS = (now() - blendStarted) / 1000;
    const outcome = chosen(found.best, found.trials, { parts, blend });
    const durationS = (now() - started) / 1000;
    const metrics = await metricsOf(work, outcome);
    training.signal?.throwIfAborted();
    const trained: TrainedModel = { ...outcome, durationS };
    await publishTrained(
      training,
      { ...work, config: outcome.config, runId: claim.id },
      { trained, metrics },
    );
    isPublished = true;
    const rows = found.trials.map((trial) =>
      trialRow(trial, trial.config === outcome.single?.config),
    );
    if (blend !== null) rows.push(blendRow(parts, blend, blendS, outcome.single === null));
    const isCut = found.isCut || (parts.length > 1 && (blend?.isCut ?? true));
    const search = { trials: rows, config: outcome.config, isCut };
    return { runId: claim.id, metrics, best: outcome.best, durationS, search };
  } finally {
    if (!isPublished) rmSync(claim.folder, { recursive: true, force: true });
    claim.release();
  }
}

async function blendOf(
  work: AutoWork,
  parts: readonly TrainedTrial[],
  isUp: () => boolean,
): Promise<Blend | null> {
  if (parts.length < 2 || isUp()) return null;
  const members = await Promise.all(
    parts.map((trial) => loadTrained({ ...work, config: trial.config }, trial)),
  );
  try {
    const { validation: users, train } = work.material.split;
    return await bestBlend({ members, users, trainClicks: train.columnCounts() }, isUp);
  } finally {
    for (const member of members) member.dispose();
  }
}

async function metricsOf(work: AutoWork, outcome: Outcome) {
  const model = await loadTrained({ ...work, config: outcome.config }, outcome);
  try {
    return await validationMetrics(model, work.material.split);
  } finally {
    model.dispose();
  }
}
