/** A pool for Vitest that keeps one thread from run to run: what it has loaded of node_modules stays loaded. */
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node';

/** After so many runs a fresh thread starts, so that nothing which tests leave behind adds up. */
const maxRuns = 50;

type Listener = (argument: unknown) => void;

let thread: Worker | undefined;
let runs = 0;

class KeptThread implements PoolWorker {
  readonly name = 'kept-thread';
  readonly #options: PoolOptions;
  readonly #listeners: [event: string, listener: Listener][] = [];

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (thread !== undefined && ++runs > maxRuns) {
      await thread.terminate();
      thread = undefined;
    }
    if (thread === undefined) {
      const { distPath, env, execArgv } = this.#options;
      thread = new Worker(resolve(distPath, 'workers/threads.js'), {
        env: env as NodeJS.ProcessEnv,
        execArgv,
        stdout: true,
        stderr: true,
      });
      const started = thread;
      // What a mutant left behind may fail between two runs. That ends the thread, and must not end the process.
      thread.on('error', () => {});
      thread.once('exit', () => {
        if (thread === started) thread = undefined;
      });
      thread.setMaxListeners(100);
      runs = 0;
    }
    thread.ref();
  }

  on(event: string, listener: Listener): void {
    thread?.on(event, listener);
    this.#listeners.push([event, listener]);
  }

  off(event: string, listener: Listener): void {
    thread?.off(event, listener);
  }

  send(message: WorkerRequest): void {
    if (message.type !== 'stop') {
      thread?.postMessage(message);
      return;
    }
    // The thread lives on, so this answers for it.
    const stopped = { type: 'stopped', __vitest_worker_response__: true };
    queueMicrotask(() => {
      for (const [event, listener] of this.#listeners) if (event === 'message') listener(stopped);
    });
  }

  async stop(): Promise<void> {
    for (const [event, listener] of this.#listeners) thread?.off(event, listener);
    thread?.unref();
  }

  deserialize(data: unknown): unknown {
    return data;
  }
}

/** Runs each set of test files in the kept thread. */
export const keptThread: PoolRunnerInitializer = {
  name: 'kept-thread',
  createPoolWorker: (options) => new KeptThread(options),
};
