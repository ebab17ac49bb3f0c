import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { note, print } from '../cli/terminal.js';
import { MetricsGatherer } from './cluster-metrics.js';
import { type ServingOptions, serveHome } from './serve.js';

/** How long a process may take to drain before it is killed: longer than it gives its requests. */
const endTimeoutMs = 15_000;
/** Not sooner than this after its start is a process that ended replaced. */
const leastLifeMs = 1000;

/** What a serving process tells the one that watches it, once it listens. */
interface Announcement {
  readonly serving: readonly string[];
}

/** What and where to serve, in how many processes. */
export interface WorkersOptions extends Omit<ServingOptions, 'announce'> {
  readonly workers: number;
}

/**
 * Serves a home until the signal, in one process or in several that share the port.
 *
 * Several have a model each; the process that started them hands them the connections in turn, replaces one that
 * ends, and waits for all of them to drain.
 *
 * @returns the exit code of a process that ended before anything was served; else 0
 * @throws what `serveHome` throws, with one process
 */
export async function serveWithWorkers({ workers, ...options }: WorkersOptions): Promise<number> {
  if (workers === 1) {
    await serveHome(options);
    return 0;
  }
  if (cluster.isPrimary) return superviseWorkers(workers, options.signal);
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / workers));
  const announce = (serving: readonly string[]) =>
    process.send!({ serving } satisfies Announcement);
  try {
    await serveHome({ ...options, threads, announce, isOneOfSeveral: true });
  } finally {
    // The channel to the process that watches this one must not keep it from ending.
    process.channel?.unref();
  }
  return 0;
}

async function superviseWorkers(count: number, signal: AbortSignal): Promise<number> {
  const running = new Map<Worker, Promise<unknown>>();
  const gatherer = new MetricsGatherer();
  let isServing = false;
  let announced = 0;
  let isEnding = false;
  let failure = 0;
  let giveUp: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    giveUp = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

  function start(): void {
    const worker = cluster.fork();
    const begun = performance.now();
    gatherer.listenTo(worker);
    worker.on('message', ({ serving }: Partial<Announcement>) => {
      if (serving === undefined) return;
      isServing = true;
      // Told once all of them answer.
      if (++announced === count) serving.forEach(print);
    });
    const ended = once(worker, 'exit').then(async ([code, name]) => {
      running.delete(worker);
      if (isEnding) return;
      if (!isServing) {
        failure ||= code ?? 1;
        giveUp();
        return;
      }
      note(`serving process ${worker.process.pid} ended (${name ?? code}); another follows`);
      await delay(Math.max(0, begun + leastLifeMs - performance.now()));
      if (!isEnding) start();
    });
    running.set(worker, ended);
  }

  for (let k = 0; k < count; k++) start();
  if (!signal.aborted) await stopped;
  isEnding = true;
  for (const worker of running.keys()) {
    worker.process.kill('SIGTERM');
    setTimeout(() => worker.process.kill('SIGKILL'), endTimeoutMs).unref();
  }
  await Promise.all(running.values());
  return failure;
}
