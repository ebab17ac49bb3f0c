/** Serves a home in one process, or in several that share a port and are supervised by the one that started them. */

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { MetricsGatherer } from './cluster-metrics.js';
import { type ServingOptions, serveHome } from './serve.js';

/** A process that drains longer than this is killed; it must exceed the time that the process gives its requests. */
const killAfterMs = 15_000;
/** A process that ended is replaced no sooner than this after its start. */
const minLifeMs = 1000;

/** Message of a serving process to its supervisor, once it listens. */
interface ReadyMessage {
  readonly serving: readonly string[];
}

/** What to serve, where, to whom, and in how many processes. */
export interface WorkersOptions extends Omit<ServingOptions, 'isOneOfSeveral'> {
  readonly workers: number;
}

/**
 * Serves a home until the signal, in one process or in several that share the port.
 *
 * With several, each process has a model of its own. The supervisor hands them the connections in turn, replaces a
 * process that ends, and waits for all of them to drain.
 *
 * @returns 0, or the exit code of a process that ended before anything was served
 * @throws whatever `serveHome` throws, with one process
 */
export async function serveWithWorkers({ workers, ...options }: WorkersOptions): Promise<number> {
  if (workers === 1) {
    await serveHome(options);
    return 0;
  }
  if (cluster.isPrimary) return superviseWorkers(workers, options);
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / workers));
  const onReady = (serving: readonly string[]) => process.send!({ serving } satisfies ReadyMessage);
  try {
    await serveHome({ ...options, threads, onReady, isOneOfSeveral: true });
  } finally {
    // An open channel to the supervisor would keep this process alive.
    process.channel?.unref();
  }
  return 0;
}

async function superviseWorkers(
  count: number,
  { signal, onReady, onRemark }: Pick<ServingOptions, 'signal' | 'onReady' | 'onRemark'>,
): Promise<number> {
  const running = new Map<Worker, Promise<unknown>>();
  const gatherer = new MetricsGatherer();
  let isServing = false;
  let readyWorkers = 0;
  let isEnding = false;
  let failure = 0;
  let giveUp: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    giveUp = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

  function start(): void {
    const worker = cluster.fork();
    const startedAt = performance.now();
    gatherer.listenTo(worker);
    worker.on('message', ({ serving }: Partial<ReadyMessage>) => {
      if (serving === undefined) return;
      isServing = true;
      readyWorkers++;
      if (readyWorkers === count) onReady(serving);
    });
    const ended = once(worker, 'exit').then(async ([code, name]) => {
      running.delete(worker);
      if (isEnding) return;
      if (!isServing) {
        failure ||= code ?? 1;
        giveUp();
        return;
      }
      onRemark(`serving process ${worker.process.pid} ended (${name ?? code}); another follows`);
      await delay(Math.max(0, startedAt + minLifeMs - performance.now()));
      if (!isEnding) start();
    });
    running.set(worker, ended);
  }

  for (let k = 0; k < count; k++) start();
  if (!signal.aborted) await stopped;
  isEnding = true;
  for (const worker of running.keys()) {
    worker.process.kill('SIGTERM');
    setTimeout(() => worker.process.kill('SIGKILL'), killAfterMs).unref();
  }
  await Promise.all(running.values());
  return failure;
}
