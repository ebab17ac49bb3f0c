import { once } from 'node:events';
import { createApp } from '../api/app.js';
import { shareMetrics } from '../api/cluster-metrics.js';
import { Gatekeeper, type GateOptions, openGate } from '../api/gatekeeper.js';
import { ServingMetrics } from '../api/metrics.js';
import { type RecommendationsOf, recommendationsPerModel } from '../api/recommendations.js';
import { createLogger, type LogLevel } from '../api/request-log.js';
import { HomeModels, type ServedModel, type ServedModels } from '../api/served-models.js';
import { listen } from '../api/server.js';
import type { LayerPrecision } from '../backend/packed-layer.js';
import { backendForThread, openEngine } from '../backend/select.js';
import { FeedbackWriter } from '../data/database/feedback-writer.js';
import { RatingsDatabase } from '../data/database/ratings-database.js';
import { loadRecommender } from '../model/inference.js';
import { openInference } from '../model/inference-thread.js';
import { EvaluationStore } from '../runs/evaluations.js';
import { RunStore } from '../runs/store.js';
import { type EngineFlags, engineFlags } from './arguments.js';
import { noActiveRun } from './stored-run.js';
import { note, print } from './terminal.js';

/** How long requests under way may take after a signal. */
const drainTimeoutMs = 10_000;

/** A home that is ready to answer. */
export interface OpenHome {
  readonly models: ServedModels;
  readonly recommendationsOf: RecommendationsOf;
  readonly database: RatingsDatabase;
  /** Frees the models and closes the database. */
  close(): Promise<void>;
}

/** How a home's models are opened. */
export interface ModelOptions extends EngineFlags {
  /** In threads of their own, so that the caller's goes on while they compute; TensorFlow has to stay in the caller's. */
  readonly inThread?: boolean;
  /** Of the decoder; f32 unless given. */
  readonly precision?: LayerPrecision;
  /** Told how many rankings the thread computed together, and how long that took. */
  readonly onBatch?: (rows: number, durationMs: number) => void;
}

/**
 * Opens a home's database and active run, and follows which run is active until `close`.
 *
 * @throws HomeError, RunError, BackendError or DependencyError saying what is missing
 */
export async function openHome(home: string, options: ModelOptions = {}): Promise<OpenHome> {
  const database = RatingsDatabase.open(home);
  const store = new RunStore(home);
  const models = new HomeModels({
    store,
    open: (run) => openModel(home, run, options),
    onProblem: ({ message }) => note(`still serving the run before: ${message}`),
  });
  const close = async () => {
    await models.close();
    database.close();
  };
  try {
    await models.follow();
    if (models.active() === null) throw noActiveRun(home);
    models.watch();
    return { models, recommendationsOf: recommendationsPerModel(database), database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openModel(home: string, id: string, options: ModelOptions): Promise<ServedModel> {
  const engine = engineFlags(options);
  const precision = options.precision ?? 'f32';
  const beside = options.inThread ? await backendForThread(engine.backend) : null;
  if (beside !== null) {
    const { onBatch } = options;
    const backend = beside.name && { backend: beside.name };
    const source = { home, run: id, ...engine, ...backend, precision };
    return openInference(source, { ...(onBatch && { onBatch }) });
  }
  const { weights, ...run } = new RunStore(home).load(id);
  const open = () => openEngine(engine.backend, engine);
  return { run, recommender: await loadRecommender({ ...run, weights }, open, precision) };
}

/** What and where to serve. */
export interface ServingOptions extends ModelOptions {
  readonly home: string;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly logLevel: LogLevel;
  /** Memory for answers that are kept; none unless given. */
  readonly cacheMb?: number;
  /** Told the address and a `curl`, once requests are answered; printed unless given. */
  readonly announce?: (lines: readonly string[]) => void;
  /** Whether this process shares the port with others that the same process started. */
  readonly isOneOfSeveral?: boolean;
  /** Who is let in; everybody on this machine, and nobody else, unless given. */
  readonly gate?: GateOptions;
  /** Ends the serving: requests under way are finished, up to ten seconds. */
  readonly signal: AbortSignal;
}

/**
 * Serves a home's active run until the signal, then drains.
 *
 * @throws AddressError when the address cannot be had, and what `openHome` throws
 * @throws the signal's reason when it comes before anything is served
 */
export async function serveHome(options: ServingOptions): Promise<void> {
  const { home, host, port, signal } = options;
  const metrics = new ServingMetrics();
  if (options.isOneOfSeveral) shareMetrics(metrics);
  const onBatch = metrics.batch.bind(metrics);
  const opened = await openHome(home, { ...options, inThread: true, onBatch });
  const { models, database, close } = opened;
  const gatekeeper = new Gatekeeper(options.gate ?? openGate, metrics);
  metrics.watch(() => {
    const run = models.active()?.run;
    return run === undefined ? null : { id: run.id, createdAt: run.lineage.createdAt };
  }, gatekeeper.overload);
  const feedback = new FeedbackWriter(home);
  try {
    signal.throwIfAborted();
    const { listener, classes } = createApp({
      ...{ models, database, home, logger: createLogger(options.logLevel) },
      ...{ runs: new RunStore(home), evaluations: new EvaluationStore(home) },
      ...{ feedback, gatekeeper, metrics, cacheMb: options.cacheMb ?? 0 },
    });
    const server = await listen(listener, host, port, classes);
    (options.announce ?? printLines)([
      `serving ${models.active()?.run.id} on ${server.url}`,
      `explore it at ${server.url}/`,
      `curl '${server.url}${examplePath(database)}'`,
    ]);
    if (!signal.aborted) await once(signal, 'abort');
    note('stopping: no new requests, those under way are finished');
    const cut = await server.drain(drainTimeoutMs);
    if (cut > 0) note(`${cut} connections were cut after ${drainTimeoutMs / 1000} s`);
  } finally {
    gatekeeper.close();
    feedback.close();
    await close();
  }
}

const printLines = (lines: readonly string[]) => lines.forEach(print);

/** A request that has an answer; safe inside single quotes. */
function examplePath(database: RatingsDatabase): string {
  const user = database.userIds(1)[0];
  if (user === undefined) return '/health/ready';
  return `/recommend/${encodeURIComponent(user).replaceAll("'", '%27')}?n=10`;
}
