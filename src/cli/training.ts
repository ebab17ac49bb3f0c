import type { Engine } from '../backend/engine.js';
import { openEngine, parseBackendName } from '../backend/select.js';
import type { ModelConfig, MultVaeConfig, Protocol } from '../config.js';
import { type DatasetSummary, RatingsDatabase } from '../data/database/ratings-database.js';
import { type LabelledClicks, type Split, strongGeneralization } from '../data/split.js';
import { DivergenceError, HomeError, Interrupted, MultvaeError, RunError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import { type Checkpoint, hasCheckpoint, readCheckpoint } from '../model/checkpoint.js';
import { MultVae } from '../model/mult-vae.js';
import { Popularity } from '../model/popularity.js';
import type { Recommender } from '../model/recommender.js';
import { type StepRecord, trainMultVae } from '../model/trainer.js';
import { architecture, uploadWeights } from '../model/weights.js';
import { packageVersion } from '../package-version.js';
import type { EpochRecord, StoredTensors } from '../runs/format.js';
import { RunStore } from '../runs/store.js';
import type { EngineFlags } from './arguments.js';
import { type ProtocolFlags, readClicks } from './protocol.js';

/** Cutoffs of the metrics that a run keeps of its validation users. */
const cutoffs = [20, 50, 100];

/** How a training makes itself seen; all optional. */
export interface TrainingWatcher {
  /** Once, before the first step. */
  readonly onStart?: (start: {
    readonly runId: string;
    readonly dataName: string;
    readonly split: Split;
    /** Null where no tensors are computed. */
    readonly engine: Engine | null;
  }) => void;
  readonly onStep?: (step: StepRecord) => void;
  readonly onEpoch?: (epoch: EpochRecord) => void;
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
interface Material {
  readonly runId: string;
  readonly dataset: DatasetSummary;
  readonly protocol: Protocol;
  readonly split: Split;
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
    EngineFlags & { readonly config: ModelConfig; readonly protocol: ProtocolFlags },
): Promise<FinishedTraining> {
  const { dataset, clicks, protocol } = readHome(options.home, (database) =>
    readClicks(database, options.protocol),
  );
  const { config } = options;
  const material: Material = {
    runId: new RunStore(options.home).newRunId(config.model),
    dataset,
    protocol,
    split: strongGeneralization(clicks, protocol),
  };
  return config.model === 'popularity'
    ? finishPopularity(options, material)
    : finishMultVae(options, material, config, await openEngine(options.backend, options));
}

/**
 * Goes on with a training that was stopped or killed, on the backend it ran on.
 *
 * @param checkpoint - as `findCheckpoint` gave it
 * @throws RunError when the home's data is no longer what the training began with
 */
export async function resumeRun(
  options: TrainingJob & { readonly runId: string; readonly checkpoint: Checkpoint },
): Promise<FinishedTraining> {
  const { runId, checkpoint } = options;
  const { config, protocol, dataHash, backend } = checkpoint.origin;
  const { dataset, clicks } = readHome(options.home, (database) => ({
    clicks: database.labelledClicks(protocol.ratingThreshold, protocol.minClicks),
  }));
  if (dataset.dataHash !== dataHash) {
    throw new RunError(
      `run ${runId} was begun on other data: its hash is ${dataHash.slice(0, 12)}…, that of ${options.home} is ${dataset.dataHash.slice(0, 12)}…. Train from the beginning, without --resume.`,
    );
  }
  const material = { runId, dataset, protocol, split: strongGeneralization(clicks, protocol) };
  const engine = await openEngine(parseBackendName(backend), options);
  return finishMultVae(options, material, config, engine, checkpoint);
}

/**
 * The training to go on with.
 *
 * @param runId - without it, the newest that was stopped
 * @throws RunError when there is none
 */
export function findCheckpoint(
  home: string,
  runId?: string,
): { runId: string; checkpoint: Checkpoint } {
  const store = new RunStore(home);
  const pending = store.pending();
  const id = runId ?? pending.find((id) => hasCheckpoint(store.pendingDir(id)));
  if (id === undefined) {
    throw new RunError(`${home} holds no training that was stopped. Train without --resume.`);
  }
  if (!pending.includes(id)) {
    const known = pending.length === 0 ? 'None is' : `These are: ${pending.join(', ')}`;
    throw new RunError(`run ${id} is no training that was stopped. ${known}.`);
  }
  return { runId: id, checkpoint: readCheckpoint(store.pendingDir(id)) };
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
): { runId: string; checkpoint: Checkpoint } | null {
  const store = new RunStore(home);
  for (const id of store.pending()) {
    if (!hasCheckpoint(store.pendingDir(id))) continue;
    try {
      const found = findCheckpoint(home, id);
      if (found.checkpoint.origin.dataHash === dataHash) return found;
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

async function finishMultVae(
  job: TrainingJob,
  material: Material,
  config: MultVaeConfig,
  engine: Engine,
  resume?: Checkpoint,
): Promise<FinishedTraining> {
  const { runId, dataset, protocol, split } = material;
  const folder = new RunStore(job.home).pendingDir(runId);
  job.onStart?.({ runId, dataName: dataset.name, split, engine });
  const trained = await trainMultVae({
    engine,
    folder,
    train: split.train,
    origin: { config, protocol, dataHash: dataset.dataHash, backend: engine.name },
    validate: async (model) => (await validationMetrics(model, split, [100]))['ndcg@100']!,
    ...(resume && { resume }),
    ...(job.signal && { signal: job.signal }),
    ...(job.onStep && { onStep: job.onStep }),
    ...(job.onEpoch && { onEpoch: job.onEpoch }),
  }).catch((error: unknown) => {
    throw withWayOn(error, runId);
  });
  const { weights, best, log, durationS } = trained;
  const shape = architecture(config, split.vocabulary.length);
  const model = new MultVae(
    engine,
    shape,
    uploadWeights(engine.tf, weights, shape),
    config.likelihood,
  );
  const metrics = await validationMetrics(model, split, cutoffs);
  model.dispose();
  publish(job, material, {
    ...{ config, weights, metrics, log, durationS },
    ...{ backend: `${engine.name} ${engine.version}`, seed: config.seed },
  });
  return { runId, metrics, best, durationS };
}

async function finishPopularity(job: TrainingJob, material: Material): Promise<FinishedTraining> {
  const { runId, dataset, split } = material;
  job.onStart?.({ runId, dataName: dataset.name, split, engine: null });
  const started = performance.now();
  const model = new Popularity(split.train.columnCounts());
  const durationS = (performance.now() - started) / 1000;
  const metrics = await validationMetrics(model, split, cutoffs);
  publish(job, material, {
    ...{ config: { model: 'popularity' }, weights: {}, metrics, log: [], durationS },
    ...{ backend: 'none', seed: null },
  });
  return { runId, metrics, best: null, durationS };
}

function publish(
  job: TrainingJob,
  { runId, dataset, protocol, split }: Material,
  trained: {
    readonly config: ModelConfig;
    readonly weights: StoredTensors;
    readonly metrics: Readonly<Record<string, number>>;
    readonly log: readonly EpochRecord[];
    readonly durationS: number;
    readonly backend: string;
    readonly seed: number | null;
  },
): void {
  const { backend, seed, durationS, ...rest } = trained;
  new RunStore(job.home).publish(runId, {
    ...rest,
    protocol,
    vocabulary: { items: split.vocabulary, trainClicks: split.train.columnCounts() },
    split: { validation: split.validation, test: split.test },
    lineage: {
      dataHash: dataset.dataHash,
      dataName: dataset.name,
      packageVersion,
      nodeVersion: process.version,
      ...{ backend, seed, durationS },
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
function withWayOn(error: unknown, runId: string): unknown {
  if (error instanceof Interrupted) {
    const signal = error.exitCode === 130 ? 'SIGINT' : 'SIGTERM';
    return new Interrupted(
      signal,
      `${error.message}; the work so far is kept. \`multvae train --resume ${runId}\` goes on.`,
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
