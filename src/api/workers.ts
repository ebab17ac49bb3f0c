/** Serves a home in one process, or in several that share a port and are supervised by the one that started them. */

import cluster, { type Worker } from 'node:cluster';
import { availableParallelism } from 'node:os';
import { startingError } from '../storage/starting.js';
import { tellSupervisor } from './cluster-metrics.js';
import { openGate } from './gate/gatekeeper.js';
import { keepWorkerCounts } from './gate/rates/worker-counts.js';
import { type ServingOptions, serveHome } from './serve.js';
import { Supervisor } from './supervisor.js';

/** What to serve, where, to whom, and in how many processes. */
export interface WorkersOptions extends Omit<ServingOptions, 'isOneOfSeveral'> {
  readonly workers: number;
  /** A process that does not answer its supervisor for this long is replaced. Default: 10 s. */
  readonly maxSilenceMs?: number;
}

/**
 * Serves a home until the signal, in one process or in several that share the port.
 *
 * With several, each process has a model of its own. The supervisor hands them the connections in turn, keeps the counts
 * of the rate limit, replaces a process that ends or is stuck, and waits for all of them to drain.
 *
 * @returns 0, or the exit code of a process that ended before anything was served
 * @throws UnavailableError when no process stays up or starts; with one process, whatever `serveHome` throws
 */
export async function serveWithWorkers({ workers, ...options }: WorkersOptions): Promise<number> {
  if (workers === 1) {
    await serveHome(options);
    return 0;
  }
  if (cluster.isPrimary) {
    const { requestsPerMinute, redis } = options.gate ?? openGate;
    if (requestsPerMinute > 0 && redis === null) keepWorkerCounts();
    return new Supervisor({ ...options, count: workers, start }).run();
  }
  const threads = options.threads ?? Math.max(1, Math.floor(availableParallelism() / workers));
  const onReady = (serving: readonly string[]) => tellSupervisor({ serving });
  try {
    await serveHome({ ...options, threads, onReady, isOneOfSeveral: true });
  } catch (error) {
    tellSupervisor({ failed: (error as Error).message });
    throw error;
  } finally {
    // An open channel to the supervisor would keep this process alive.
    process.channel?.unref();
  }
  return 0;
}

function start(): Worker {
  let worker: Worker;
  try {
    worker = cluster.fork();
  } catch (error) {
    throw startingError('a serving process', error);
  }
  closeUnaccepted(worker);
  worker.on('error', (error) => {
    if (worker.process.pid !== undefined) return;
    // The process did not come to be, and Node tells nothing else of it.
    worker.emit('message', {
      failed: (startingError('a serving process', error) as Error).message,
    });
    worker.emit('exit', null, null);
  });
  return worker;
}

/**
 * Closes the connection that a process got and did not take before it ended. Node forgets such a connection, so its
 * client would wait for ever.
 */
function closeUnaccepted(worker: Worker): void {
  const child = worker.process;
  const send = child.send.bind(child) as (...given: readonly unknown[]) => boolean;
  let last: { close(): void } | null = null;
  child.send = (...given: readonly unknown[]) => {
    const [, handle] = given;
    // Node hands over one connection at a time. Closing one that was taken does nothing.
    if (isClosable(handle)) last = handle;
    return send(...given);
  };
  worker.on('exit', () => last?.close());
}

function isClosable(handle: unknown): handle is { close(): void } {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'close' in handle &&
    typeof handle.close === 'function'
  );
}
