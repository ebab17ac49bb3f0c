import type { Engine } from '../backend/engine.js';
import { openEngine, parseBackendName } from '../backend/select.js';
import type { EngineFlags } from '../cli/arguments.js';
import { homeFlag } from '../cli/terminal.js';
import type { ModelConfig } from '../config/models.js';
import type { Protocol } from '../config/protocol.js';
import { type FeedbackWord, type UsedFeedback, withFeedback } from '../data/feedback-clicks.js';
import { type LabelledClicks, type Split, strongGeneralization } from '../data/split/users.js';
import { type DatasetSummary, RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { DivergenceError, HomeError, Interrupted, MultvaeError, RunError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import { models } from '../model/models.js';
import type { Recommender } from '../model/recommender.js';
import { hasCheckpoint, readOrigin, type TrainingOrigin } from '../model/training/checkpoint.js';
import type { StepRecord, TrainingHooks } from '../model/training/hooks.js';
import type { TrainedModel } from '../model/training/model-training.js';
import type { EpochRecord } from '../runs/format.js';
import { RunStore } from '../runs/store.js';
import { packageVersion } from '../version.js';
import { type ProtocolFlags, readClicks } from './protocol.js';

/** Cutoffs of the metrics that a run keeps of its validation users. */
const cutoffs = [20, 50, 100];

/** How a training makes itself seen; all optional. */
export interface TrainingWatcher {
  /** Once, before the first step. */
  readonly onStart?: (start: {
    readonly runId: string;
    readonly dataName: string;
    readonly config: ModelConfig;
    readonly split: Split;
    /** Null where no tensors are computed. */
    readonly engine: Engine | null;
  }) => void;
  readonly onStep?: (step: StepRecord) => void;
  readonly onEpoch?: (epoch: EpochRecord) => void;
  readonly onMember?: TrainingHooks['onMember'];
}

/** What every training needs, a new one or a resumed one. */
export interface TrainingJob extends TrainingWatcher {
  readonly home: string;
  /** The command's words, kept in the run's lineage. */
  readonly command: readonly string[];
  /** Aborted with an Interrupted, it stops the training politely. */
  readonly signal?: AbortSignal;
  /** Of the backend `native`; all cores without it. */
  readonly threads?: number;
}

/** A run that was trained and published; it is not active yet. */
export interface FinishedTraining {
  readonly runId: string;
  /** Of the validation users, such as `ndcg@100`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Null for a model that has no epochs. */
  readonly best: EpochRecord | null;
  readonly durationS: number;
}

/** What one training works on. */
export interface Material {
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  readonly split: Split;
  /** What of the feedback is in the split's training clicks; absent without `--with-feedback`. */
  readonly feedback?: UsedFeedback;
}

/**
 * Trains a model on a home's data and publishes the run.
 *
 * @param options - `protocol` as given on the command line; `backend` forces one
 * @throws Interrupted when the signal was aborted; the message says how to go on
 * @throws DivergenceError, SplitError, HomeError, BackendError
 */
export async function trainRun(
  options: TrainingJob &
    EngineFlags & {
      readonly config: ModelConfig;
      readonly protocol: ProtocolFlags;
      /** Whether feedback enters the clicks of training users. */
      readonly withFeedback?: boolean;
    },
): Promise<FinishedTraining> {
  const { config } = options;
  const material = readMaterial(options.home, options.protocol, options.withFeedback);
  const runId = new RunStore(options.home).newRunId(config.model);
  const engine = models.computesWithTensors(config)
    ? await openEngine(options.backend, options)
    : null;
  return finish(options, runId, material, config, engine, false);
}

/**
 * A home's data, split as the flags say.
 *
 * @throws SplitError, HomeError
 */
export function readMaterial(home: string, flags: ProtocolFlags, withFeedback = false): Material {
  return materialOf(
    readHome(home, (database) => ({
      ...readClicks(database, flags),
      words: withFeedback ? database.feedback() : null,
    })),
  );
}

/** What was read of a home. */
interface HomeClicks {
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  readonly clicks: LabelledClicks;
  /** Null where feedback is not wanted. */
  readonly words: readonly FeedbackWord[] | null;
}

function materialOf({ dataset, protocol, clicks, words }: HomeClicks): Material {
  const imported = strongGeneralization(clicks, protocol);
  if (words === null) return { dataset, protocol, split: imported };
  const { split, used } = withFeedback(imported, words);
  return { dataset, protocol, split, feedback: used };
}

/** The data that a training began with: the hash of the imported ratings, and of the feedback if there is some. */
function originHash({ dataset, feedback }: Material): string {
  return feedback === undefined ? dataset.dataHash : `${dataset.dataHash}+${feedback.hash}`;
}

/** Whether a training was begun with feedback. */
export function beganWithFeedback({ dataHash }: Pick<TrainingOrigin, 'dataHash'>): boolean {
  return dataHash.includes('+');
}

/** A training that was stopped or killed. */
export interface StoppedTraining {
  readonly runId: string;
  readonly origin: TrainingOrigin;
}

/**
 * Goes on with a training that was stopped or killed, on the backend it ran on.
 *
 * @param options - with what `findCheckpoint` gave
 * @throws RunError when the home's data is no longer what the training began with
 */
export async function resumeRun(options: TrainingJob & StoppedTraining): Promise<FinishedTraining> {
  const { runId, origin } = options;
  const { config, protocol, dataHash, backend } = origin;
  const read = readHome(options.home, (database) => ({
    clicks: database.labelledClicks(protocol.ratingThreshold, protocol.minClicks),
    words: beganWithFeedback(origin) ? database.feedback() : null,
    protocol,
  }));
  const { dataset } = read;
  if (dataset.dataHash !== dataHash.split('+')[0]) {
    throw new RunError(
      `run ${runId} was begun on other data: its hash is ${dataHash.slice(0, 12)}…, that of ${options.home} is ${dataset.dataHash.slice(0, 12)}…. Train from the beginning, without --resume.`,
    );
  }
  const material = materialOf(read);
  if (originHash(material) !== dataHash) {
    throw new RunError(
      `run ${runId} was begun with other feedback: some came or went since. Train from the beginning, without --resume.`,
    );
  }
  const engine = models.computesWithTensors(config)
    ? await openEngine(parseBackendName(backend), options)
    : null;
  return finish(options, runId, material, config, engine, true);
}

/**
 * The training to go on with.
 *
 * @param runId - without it, the newest that was stopped
 * @throws RunError when there is none
 */
export function findCheckpoint(home: string, runId?: string): StoppedTraining {
  const store = new RunStore(home);
  const pending = store.pending();
  const id =
    runId ??
    pending.find((id) => store.trainer(id) === null && hasCheckpoint(store.pendingDir(id)));
  if (id === undefined) {
    throw new RunError(`${home} holds no training that was stopped. Train without --resume.`);
  }
  if (!pending.includes(id)) {
    const known = pending.length === 0 ? 'None is' : `These are: ${pending.join(', ')}`;
    throw new RunError(`run ${id} is no training that was stopped. ${known}.`);
  }
  return { runId: id, origin: readOrigin(store.pendingDir(id)) };
}

/**
 * The newest stopped training that can go on with the home's present data; null when there is none.
 *
 * @param remark - is told of each that cannot, and why
 */
export function findResumable(
  home: string,
  dataHash: string,
  remark: (text: string) => void,
): StoppedTraining | null {
  const store = new RunStore(home);
  for (const id of store.pending()) {
    if (store.trainer(id) !== null || !hasCheckpoint(store.pendingDir(id))) continue;
    try {
      const found = findCheckpoint(home, id);
      if (found.origin.dataHash === dataHash) return found;
      remark(`${id} was stopped and cannot go on: the data have changed since`);
    } catch (error) {
      if (!(error instanceof MultvaeError)) throw error;
      remark(`${id} was stopped and cannot go on: ${error.message}`);
    }
  }
  return null;
}

function readHome<T extends { clicks: LabelledClicks }>(
  home: string,
  read: (database: RatingsDatabase) => T,
): T & { dataset: DatasetSummary } {
  const database = RatingsDatabase.open(home);
  try {
    const dataset = database.dataset();
    if (dataset === null) {
      throw new HomeError(`${home} holds no ratings yet; \`multvae import\` brings some in.`);
    }
    return { ...read(database), dataset };
  } finally {
    database.close();
  }
}

async function finish(
  job: TrainingJob,
  runId: string,
  material: Material,
  config: ModelConfig,
  engine: Engine | null,
  resume: boolean,
): Promise<FinishedTraining> {
  const { dataset, split } = material;
  const folder = new RunStore(job.home).claim(runId);
  job.onStart?.({ runId, dataName: dataset.name, config, split, engine });
  const place = { folder, resume, ...job };
  const { trained, metrics } = await fitModel(material, config, engine, place).catch(
    (error: unknown) => {
      throw withWayOn(error, runId, job.home);
    },
  );
  publish(job, runId, material, config, trained, metrics, engine);
  return { runId, metrics, best: trained.best, durationS: trained.durationS };
}

/** What a training works on, as its checkpoint says it. */
export function originOf(
  material: Material,
  config: ModelConfig,
  engine: Engine | null,
): TrainingOrigin {
  const { protocol } = material;
  return { config, protocol, dataHash: originHash(material), backend: engine?.name ?? 'none' };
}

/**
 * Trains a model and measures it on the validation users; nothing is published.
 *
 * @param engine - null only for a model that computes without tensors
 * @param options - `folder` takes the checkpoint; `resume` goes on from the one in it
 * @throws DivergenceError, and the signal's reason when it was aborted, after a checkpoint
 */
export async function fitModel(
  material: Material,
  config: ModelConfig,
  engine: Engine | null,
  options: Pick<TrainingJob, 'signal' | 'onStep' | 'onEpoch' | 'onMember'> & {
    readonly folder: string;
    readonly resume: boolean;
  },
): Promise<{ trained: TrainedModel; metrics: Record<string, number> }> {
  const { split } = material;
  const { folder, resume, signal, onStep, onEpoch, onMember } = options;
  const trained = await models.train({
    ...{ engine, folder, resume, train: split.train },
    origin: originOf(material, config, engine),
    validate: async (model) => (await validationMetrics(model, split, [100]))['ndcg@100']!,
    ...(signal && { signal }),
    ...(onStep && { onStep }),
    ...(onEpoch && { onEpoch }),
    ...(onMember && { onMember }),
  });
  const model = await models.load({
    config,
    weights: trained.weights,
    trainClicks: split.train.columnCounts(),
    openEngine: async () => engine!,
  });
  const metrics = await validationMetrics(model, split, cutoffs);
  model.dispose();
  return { trained, metrics };
}

function publish(
  job: TrainingJob,
  runId: string,
  { dataset, protocol, split, feedback }: Material,
  config: ModelConfig,
  { weights, log, durationS }: TrainedModel,
  metrics: Readonly<Record<string, number>>,
  engine: Engine | null,
): void {
  new RunStore(job.home).publish(runId, {
    ...{ config, protocol, weights, metrics, log },
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
      command: job.command,
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

/** The same error, with what can be done with the checkpoint. */
function withWayOn(error: unknown, runId: string, home: string): unknown {
  if (error instanceof Interrupted) {
    const signal = error.exitCode === 130 ? 'SIGINT' : 'SIGTERM';
    return new Interrupted(
      signal,
      `${error.message}; the work so far is kept. \`multvae train --resume ${runId}${homeFlag(home)}\` goes on.`,
    );
  }
  if (error instanceof DivergenceError) {
    return new DivergenceError(
      `${error.message}. The last good checkpoint is kept in .pending-${runId}, beside the runs.`,
      { cause: error },
    );
  }
  return error;
}
