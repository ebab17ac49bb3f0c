/** The trainer of networks: epochs of gradient steps, validation, checkpoints. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '../../backend/engine.js';
import { requirePrecision } from '../../backend/precision.js';
import { handOver } from '../../backend/views.js';
import { EpochBatches } from '../../data/batches.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { RunError } from '../../errors.js';
import type { EpochRecord, StoredTensors } from '../../runs/format.js';
import { type Batch, type Network, type Pass, scoringShape } from '../autoencoder/network.js';
import {
  type Architecture,
  layersOf,
  parameterShapes,
  uploadWeights,
  viewWeights,
} from '../autoencoder/weights.js';
import type { Recommender } from '../recommender.js';
import {
  type Checkpoint,
  LaterCheckpoints,
  type TrainingOrigin,
  writeCheckpoint,
} from './checkpoint.js';
import { divisionOf } from './checkpoint-files.js';
import type { TrainingHooks } from './hooks.js';
import { Optimizer } from './optimizer.js';
import {
  afterEpoch,
  afterStep,
  noProgress,
  stepRecord,
  type TrainingProgress,
} from './training-progress.js';
import { trainingStep } from './training-step.js';
import { keptCopy, requireFinite, validated } from './validation.js';

/** What the training of a network needs. */
export interface TrainerOptions extends Pick<TrainingHooks, 'onStep' | 'onEpoch' | 'onRemark'> {
  readonly engine: Engine;
  /** The network for these items, with its hyper-parameters. */
  readonly network: Network;
  /** The input of the training, for checkpoints; its `config` is the network's. */
  readonly origin: TrainingOrigin;
  /** [U, I]; only the clicks on the network's part of the items are used. */
  readonly train: ClickMatrix;
  /** [U], the clicks of each user over all items. Default: those of `train`. */
  readonly lengths?: Int32Array;
  /** Gives NDCG@100 on validation users. It must not keep or dispose the model. */
  readonly validate: (model: Recommender) => Promise<number>;
  /** Folder for the checkpoint. */
  readonly folder: string;
  /** The checkpoint to continue from; its origin must equal `origin`. The training takes over its arrays. */
  readonly resume?: Checkpoint;
  /** Minimum time between checkpoints. They are written at epoch ends; 0 writes one at each. */
  readonly checkpointIntervalMs?: number;
  /** When aborted, training stops after the current step and writes a checkpoint. */
  readonly signal?: AbortSignal;
}

/** The result of training a network. */
export interface TrainedWeights {
  /** The weights of the best epoch that scoring needs, as a run keeps them. */
  readonly weights: StoredTensors;
  readonly best: EpochRecord;
  readonly log: readonly EpochRecord[];
  /** Seconds of training, including those before a resumption. */
  readonly durationS: number;
}

/**
 * Trains a network, with a checkpoint before the first step, and keeps the epoch with the best validation
 * NDCG@100; on a tie, the earlier one.
 *
 * Where the disk refuses a later checkpoint, the training goes on with the one before, and remarks on it.
 *
 * A training that is stopped in any way and resumed ends with the same weights, bit for bit, on a
 * deterministic backend (`native`, `wasm` or `cpu`).
 *
 * @throws DivergenceError when the loss or a parameter is not finite; the last checkpoint stays
 * @throws StorageError when the disk refuses the first checkpoint, or the one of a training that is stopped
 * @throws the signal's reason when it was aborted, after a checkpoint
 */
export async function trainNetwork(options: TrainerOptions): Promise<TrainedWeights> {
  const trainer = new Trainer(options);
  try {
    return await trainer.run();
  } finally {
    trainer.dispose();
  }
}

/** One training of a network: call `run` once, then `dispose`. */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #network: Network;
  readonly #optimizer: Optimizer;
  /** Updates in one pass over the training users. */
  readonly #passUpdates: number;
  readonly #plannedUpdates: number;
  #progress: TrainingProgress;
  #best: StoredTensors | null;
  #lastCheckpointMs = performance.now();
  readonly #later: LaterCheckpoints;

  constructor(options: TrainerOptions) {
    const { engine, network, train, resume } = options;
    const { config } = network;
    requirePrecision(engine.tf, config.precision);
    this.#options = options;
    this.#later = new LaterCheckpoints(options.onRemark);
    this.#network = network;
    this.#passUpdates = Math.ceil(train.rows / config.batchSize);
    this.#plannedUpdates = config.epochs * this.#network.passes.length * this.#passUpdates;
    this.#best = resume?.best ?? null;
    this.#progress = resume?.progress ?? noProgress;
    this.#optimizer = this.#openOptimizer();
  }

  #openOptimizer(): Optimizer {
    const { engine, resume } = this.#options;
    const { shape, config } = this.#network;
    const moving = scoringShape(shape);
    const upload = (stored: StoredTensors, of: Architecture) => {
      const uploaded = uploadWeights(engine.tf, stored, of);
      handOver(engine.tf, Object.values(uploaded));
      return uploaded;
    };
    const weights = upload(resume?.weights ?? this.#network.initialWeights(), shape);
    return new Optimizer(engine.tf, weights, {
      learningRate: config.learningRate,
      moving: namesOf(moving),
      moments: resume && {
        m: upload(resume.m, moving),
        v: upload(resume.v, moving),
        steps: resume.steps,
      },
    });
  }

  dispose(): void {
    this.#optimizer.dispose();
    this.#options.engine.freeMemory?.();
  }

  async run(): Promise<TrainedWeights> {
    if (this.#options.resume === undefined)
      await this.#writeCheckpoint(await this.#finiteWeights());
    while (!this.#isDone()) await this.#epoch();
    const { log, bestEpoch, elapsedS } = this.#progress;
    return {
      weights: this.#best!,
      best: log[bestEpoch - 1]!,
      log,
      durationS: elapsedS,
    };
  }

  #isDone(): boolean {
    const { epochs, patience } = this.#network.config;
    const { epoch, bestEpoch } = this.#progress;
    return epoch > epochs || (patience > 0 && epoch - 1 - bestEpoch >= patience);
  }

  async #epoch(): Promise<void> {
    const { train, lengths = train.rowLengths(), signal } = this.#options;
    const { passes, config, part } = this.#network;
    const isStopped = () => part.collective.any(signal?.aborted ?? false);
    const { batchSize, seed } = config;
    while (this.#progress.batch < passes.length * this.#passUpdates) {
      const { epoch, batch } = this.#progress;
      const index = Math.floor(batch / this.#passUpdates);
      const pass = passes[index]!;
      const batches = new EpochBatches(
        train,
        batchSize,
        seed,
        (epoch - 1) * passes.length + index + 1,
      );
      for (let k = batch % this.#passUpdates; k < batches.count; k++) {
        const clicks = part.of(batches.batch(k));
        await this.#step({ clicks, lengths: batches.rows(k).map((u) => lengths[u]!), pass });
        if (k === batches.count - 1) this.#finishPass(pass);
        // Signals can only arrive here when the backend computes on this thread.
        await nextTurn();
        if (isStopped()) await this.#stop();
      }
    }
    await this.#finishEpoch();
    if (!this.#isDone() && isStopped()) await this.#stop();
  }

  async #step(own: Pick<Batch, 'clicks' | 'lengths' | 'pass'>): Promise<void> {
    const { engine, onStep } = this.#options;
    const { updates } = this.#progress;
    const started = performance.now();
    const beta = this.#network.beta(updates, this.#plannedUpdates);
    const input = { ...own, update: updates, beta };
    const step = await trainingStep(engine.tf, this.#network, this.#optimizer, input);
    this.#progress = afterStep(this.#progress, step, (performance.now() - started) / 1000);
    const plannedUpdates = this.#plannedUpdates;
    onStep?.(stepRecord(this.#progress, step, { plannedUpdates, beta }));
  }

  #finishPass(pass: Pass): void {
    const { tf } = this.#options.engine;
    const changed = this.#network.afterPass?.(tf, this.#optimizer.weights, pass);
    if (changed !== undefined) this.#optimizer.replace(changed);
  }

  async #finishEpoch(): Promise<void> {
    const { onEpoch, checkpointIntervalMs = 5000 } = this.#options;
    const weights = await this.#finiteWeights();
    const started = performance.now();
    const { ndcg100, scoring } = await validated(this.#options, this.#optimizer.weights, weights);
    const seconds = (performance.now() - started) / 1000;
    const beta = this.#network.beta(this.#progress.updates - 1, this.#plannedUpdates);
    const { record, isBest, progress } = afterEpoch(this.#progress, { ndcg100, beta, seconds });
    if (isBest) this.#best = keptCopy(scoring, this.#best, this.#network.shape);
    this.#progress = progress;
    onEpoch?.(record);
    const { part } = this.#network;
    const isDue = performance.now() - this.#lastCheckpointMs >= checkpointIntervalMs;
    // The first rank's clock decides for all.
    if (part.collective.any(isDue && part.collective.rank === 0)) {
      this.#lastCheckpointMs = performance.now();
      await this.#later.write(() => this.#writeCheckpoint(weights));
    }
  }

  async #stop(): Promise<never> {
    await this.#writeCheckpoint(await this.#finiteWeights());
    this.#options.signal?.throwIfAborted();
    throw new RunError('another process of this training was stopped');
  }

  async #finiteWeights(): Promise<StoredTensors> {
    const { learningRate } = this.#network.config;
    const weights = await viewWeights(this.#options.engine.tf, this.#optimizer.weights);
    requireFinite(weights, { updates: this.#progress.updates, learningRate });
    return weights;
  }

  async #writeCheckpoint(weights: StoredTensors): Promise<void> {
    const { m, v, steps } = this.#optimizer.moments;
    const { tf } = this.#options.engine;
    const { folder, origin } = this.#options;
    const moments = { m: await viewWeights(tf, m), v: await viewWeights(tf, v), steps };
    const state = { origin, progress: this.#progress, weights, ...moments, best: this.#best };
    writeCheckpoint(folder, state, divisionOf(this.#network));
    this.#lastCheckpointMs = performance.now();
  }
}

function namesOf(shape: Architecture): string[] {
  return parameterShapes(layersOf(shape)).map(({ name }) => name);
}
