import { once } from 'node:events';
import { note, print } from '../cli/terminal.js';
import { FeedbackWriter } from '../data/store/sqlite/feedback-writer.js';
import type { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { type ModelOptions, openHome } from '../home/serving.js';
import { EvaluationStore } from '../runs/evaluations.js';
import { RunStore } from '../runs/store.js';
import { createApp } from './app.js';
import { shareMetrics } from './cluster-metrics.js';
import { Gatekeeper, type GateOptions, openGate } from './gate/gatekeeper.js';
import { ServingMetrics } from './metrics.js';
import { createLogger, type LogLevel } from './request-log.js';
import { listen } from './server.js';

/** How long requests under way may take after a signal. */
const drainTimeoutMs = 10_000;

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
