/** Serves a home over HTTP in this process, from opening it to draining its last request. */

import { once } from 'node:events';
import type { HomeAt } from '../data/store/place.js';
import type { Store } from '../data/store/store.js';
import { readNights } from '../home/nights/night.js';
import { type OpenServingOptions, openServing } from '../home/serving.js';
import { createApp } from './app.js';
import { shareMetrics } from './cluster-metrics.js';
import { expressMessages, startInGroups } from './express-speed.js';
import { Gatekeeper, type GateOptions, openGate } from './gate/gatekeeper.js';
import { Overload } from './gate/overload.js';
import { openCounts } from './gate/rates/open-counts.js';
import { shedding } from './gate/shed.js';
import { ServingMetrics } from './metrics.js';
import { missingExplorer } from './pages/explorer-page.js';
import { createLogger, type LogLevel } from './request-log.js';
import { listen } from './server.js';

/** How long requests under way may take after a signal. */
const drainTimeoutMs = 10_000;

/** What to serve, where, and to whom. */
export interface ServingOptions extends Omit<OpenServingOptions, 'inThread' | 'onBatch'> {
  readonly home: HomeAt;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly logLevel: LogLevel;
  /** Memory for cached answers in megabytes. Default: 0, no cache. */
  readonly cacheMb?: number;
  /** Called once the server answers, with lines that give its address and a `curl` example. */
  readonly onReady: (lines: readonly string[]) => void;
  /** Called with each remark for the operator, such as the beginning of the draining. */
  readonly onRemark: (text: string) => void;
  /** Whether this process is one of several that share the port. Default: false. */
  readonly isOneOfSeveral?: boolean;
  /** Who may call. Default: everybody on this machine, and nobody else. */
  readonly gate?: GateOptions;
  /** Ends the serving: requests under way may finish for up to ten seconds. */
  readonly signal: AbortSignal;
}

/**
 * Serves a home's active run until the signal, then drains.
 *
 * @throws AddressError when the server cannot listen on the address, and whatever `openServing` throws
 * @throws the signal's reason when it comes before anything is served
 */
export async function serveHome(options: ServingOptions): Promise<void> {
  const { home, host, port, signal, onReady, onRemark } = options;
  const metrics = new ServingMetrics();
  const { gate = openGate, isOneOfSeveral = false } = options;
  const counts = openCounts(gate, { isOneOfSeveral, metrics, onRemark });
  const stopSharing = isOneOfSeveral ? shareMetrics(metrics) : null;
  const serving = await openServing(home, {
    ...options,
    inThread: true,
    onBatch: (rows, durationMs) => metrics.batch(rows, durationMs),
  }).catch(async (error) => {
    // What still listens or is connected would keep the process from ending.
    counts?.shutdown();
    await stopSharing?.();
    throw error;
  });
  const { models, store, runs, evaluations, feedback, items, rules, shown, reports } = serving;
  const overload = new Overload();
  metrics.watch(() => {
    const run = models.active()?.run;
    return run === undefined ? null : { id: run.id, createdAt: run.lineage.createdAt };
  }, overload);
  metrics.watchLists(() => shown.unstored);
  metrics.watchDeletions(() => feedback.deletionsInLog);
  metrics.watchLag(() => models.lag() !== null);
  metrics.watchNights(() => readNights(store));
  try {
    signal.throwIfAborted();
    const gatekeeper = new Gatekeeper(gate, metrics, counts);
    await counts?.check();
    const app = createApp({
      models,
      store,
      runs,
      evaluations,
      feedback,
      items,
      rules,
      shown,
      reports,
      home: serving.folder,
      gatekeeper,
      metrics,
      logger: createLogger(options.logLevel),
      cacheMb: options.cacheMb ?? 0,
    });
    // Asked before it listens: the database may be refused by the disk.
    const example = await examplePath(store);
    const server = await listen(startInGroups(app, { overload, shed: shedding(metrics) }), {
      host,
      port,
      classes: expressMessages(app),
    });
    try {
      const noPage = missingExplorer();
      if (noPage !== null) onRemark(noPage);
      onReady([
        `serving ${models.active()?.run.id} on ${server.url}`,
        ...(noPage === null ? [`explore it at ${server.url}/`] : []),
        `curl '${server.url}${example}'`,
      ]);
      if (!signal.aborted) await once(signal, 'abort');
    } catch (error) {
      await server.drain(0);
      throw error;
    }
    onRemark('stopping: no new requests, those under way are finished');
    serving.stop();
    const cut = await server.drain(drainTimeoutMs);
    if (cut > 0) onRemark(`${cut} connections were cut after ${drainTimeoutMs / 1000} s`);
  } finally {
    overload.close();
    counts?.shutdown();
    await serving.close();
    await stopSharing?.();
  }
}

/** A request that has an answer; safe inside single quotes. */
async function examplePath(store: Store): Promise<string> {
  const [user] = await store.userIds(1);
  if (user === undefined) return '/health/ready';
  return `/recommend/${encodeURIComponent(user).replaceAll("'", '%27')}?n=10`;
}
