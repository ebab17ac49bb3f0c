/** Trains a model on a home's data and publishes the run. */

import { rmSync } from 'node:fs';
import type { Engine } from '../backend/engine.js';
import { openEngine, parseBackendName } from '../backend/select.js';
import { leftToData } from '../config/describe.js';
import type { ModelConfig } from '../config/models.js';
import { completeConfig, type GivenConfig } from '../config/parse.js';
import type { Protocol } from '../config/protocol.js';
import type { Split } from '../data/split/users.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import { type HomeAt, placeAt } from '../data/store/place.js';
import { DivergenceError, StorageError } from '../errors.js';
import { models } from '../model/models.js';
import { hasCheckpoint } from '../model/training/checkpoint-files.js';
import type { TrainingHooks } from '../model/training/hooks.js';
import { peakMemory, requireMemory } from '../model/training/memory.js';
import { type NetworkMemory, networkMemory } from '../model/training/network-memory.js';
import type { EpochRecord } from '../runs/format.js';
import type { TrainingClaim } from '../runs/pending-runs.js';
import { RunStore } from '../runs/store.js';
import { type EngineOptions, engineOptions } from './engine-options.js';
import {
  type LeftOut,
  leftOutOf,
  ownMaterial,
  readMaterial,
  readMaterialAgain,
} from './material.js';
import type { StoppedTraining } from './runs.js';
import type { ProtocolOptions } from './split/protocol-options.js';
import type { ActivationVerdict } from './training/activation.js';
import type { AutoSearch } from './training/auto-table.js';
import {
  claimed,
  ownSize,
  type Ranks,
  requireDivisible,
  requireSameArithmetic,
  writeOwnWeights,
} from './training/distributed.js';
import { type Fit, fitModel, openEngineFor } from './training/fit.js';
import { publishTrained } from './training/publication.js';
import { keepingHeldOut, readWarmStart } from './training/warm-start.js';

/** What is known of a training before its first step. */
export interface TrainingStart {
  readonly runId: string;
  readonly dataName: string;
  /** The scale of the ratings; null where every row is a click. */
  readonly scale: DatasetSummary['scale'];
  /** What the weights of a click add up to at least; null where the data have none. */
  readonly minWeight: DatasetSummary['minWeight'];
  readonly protocol: Protocol;
  readonly config: ModelConfig;
  /** The hyper-parameters whose values follow the data. */
  readonly fromData: readonly string[];
  readonly split: Split;
  /** Absent when the protocol leaves nobody out. */
  readonly leftOut?: LeftOut;
  /** Null for a model that computes without tensors. */
  readonly engine: Engine | null;
  /** Peak memory of the training in bytes; null for a model that needs little. */
  readonly peakMemoryBytes: number | null;
  /** The parts of it, for a network that scores all items. */
  readonly networkMemory?: NetworkMemory;
}

/** Callbacks that follow a training of a home; all optional. */
export interface TrainingWatcher extends TrainingHooks {
  /** Called once, before the first step. */
  readonly onStart?: (start: TrainingStart) => void;
}

/** What every training needs, a new one or a resumed one. */
export interface TrainingJob extends TrainingWatcher {
  /** The home. */
  readonly home: HomeAt;
  /** The words of the command, kept in the run's lineage. Default: none. */
  readonly command?: readonly string[];
  /** Stops the training after the step in progress, with a checkpoint; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Threads of the backend `native`. Default: all cores. */
  readonly threads?: number;
  /** The processes that train the run together, each a part of the items. Default: this one alone. */
  readonly ranks?: Ranks;
}

/** Which model a new training trains, and on which data. */
export interface NewTraining extends TrainingJob, EngineOptions {
  /** What it leaves to the data is filled in. */
  readonly config: GivenConfig;
  /** Default: the paper's protocol. */
  readonly protocol?: ProtocolOptions;
  /** Whether feedback counts among the clicks of training users. Default: false. */
  readonly withFeedback?: boolean;
  /**
   * A run with whose weights a network begins; `configFrom` gives the hyper-parameters. Its held-out users stay held out
   * where the protocol says nothing else.
   */
  readonly from?: string;
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
  /** What `auto` chose by; absent for a model that was named. */
  readonly search?: AutoSearch;
}

/** A run that was trained, published, and made active or not. */
export interface ActivatedTraining extends FinishedTraining {
  readonly activation: ActivationVerdict;
}

/**
 * Trains a model on a home's data and publishes the run.
 *
 * @throws the signal's reason when it was aborted, after a checkpoint
 * @throws ConfigError for a model that this machine has too little memory for
 * @throws DivergenceError, SplitError, HomeError, BackendError
 */
export async function trainRun(training: NewTraining): Promise<FinishedTraining> {
  const { home, config: given, from, withFeedback = false, ranks } = training;
  const protocol = from === undefined ? training.protocol : keepingHeldOut(from, training.protocol);
  const { onRemark } = training;
  const whole = await readMaterial(home, { ...protocol, withFeedback, onRemark });
  const config = completeConfig(given, { trainingUsers: whole.split.train.rows });
  const items = whole.split.train.columns;
  if (ranks) requireDivisible(ranks.collective, config, { items });
  const warm =
    from === undefined ? undefined : await readWarmStart(home, from, whole, ranks?.collective);
  const material = ranks ? ownMaterial(whole, ranks.collective) : whole;
  requireMemory(config, ownSize(material.split.train, ranks));
  const engine = await openEngineFor(config, training);
  if (ranks) requireSameArithmetic(ranks, engine!, training.threads);
  const store = new RunStore(placeAt(home).folder);
  const claim = claimed(ranks, store, () => store.begin(config.model));
  const fromData = leftToData(given);
  return trainAndPublish(training, {
    claim,
    resume: false,
    material,
    config,
    engine,
    warm,
    fromData,
  });
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
  const { home, runId, origin, ranks } = training;
  const { config, from } = origin;
  const whole = await readMaterialAgain(home, training);
  const items = whole.split.train.columns;
  if (ranks) requireDivisible(ranks.collective, config, { items });
  const warm =
    from === undefined ? undefined : await readWarmStart(home, from, whole, ranks?.collective);
  const engine = models.computesWithTensors(config)
    ? await openEngine(parseBackendName(origin.backend), engineOptions(training))
    : null;
  if (ranks) requireSameArithmetic(ranks, engine!, training.threads);
  const material = ranks ? ownMaterial(whole, ranks.collective) : whole;
  const store = new RunStore(placeAt(home).folder);
  const claim = claimed(ranks, store, () => store.claim(runId));
  const fromData: string[] = [];
  return trainAndPublish(training, {
    claim,
    resume: true,
    material,
    config,
    engine,
    warm,
    fromData,
  });
}

interface ClaimedFit extends Fit {
  /** Given back at the end. */
  readonly claim: TrainingClaim;
  readonly resume: boolean;
  readonly fromData: readonly string[];
}

async function trainAndPublish(job: TrainingJob, run: ClaimedFit): Promise<FinishedTraining> {
  const { claim, resume, material, config, engine } = run;
  const { id: runId, folder } = claim;
  const { dataset, protocol, split } = material;
  const size = ownSize(split.train, job.ranks);
  try {
    job.onStart?.({
      runId,
      dataName: dataset.name,
      scale: dataset.scale,
      minWeight: dataset.minWeight,
      protocol,
      config,
      fromData: run.fromData,
      split,
      ...leftOutOf(material),
      engine,
      peakMemoryBytes: peakMemory(config, size),
      ...('sampledItems' in config && { networkMemory: networkMemory(config, size) }),
    });
    const fit = { ...run, runId, ...(job.ranks && { collective: job.ranks.collective }) };
    const { trained, metrics } = await fitModel(fit, { ...job, folder, resume });
    const divided = writeOwnWeights(folder, trained);
    const isFirst = (job.ranks?.collective.rank ?? 0) === 0;
    if (isFirst) await publishTrained(job, fit, { trained, metrics, divided });
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

/** The error of a training as it was before words about its checkpoint, for a caller that keeps none. */
export function withoutCheckpoint(error: unknown): unknown {
  for (const kind of [DivergenceError, StorageError]) {
    if (error instanceof kind && error.cause instanceof kind) return error.cause;
  }
  return error;
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
