/** Keeps the lease of what a worker trains, by a thread of its own. */

import { Worker } from 'node:worker_threads';
import type { Lease, LeaseReport, LeaseRequest, LeaseThreadData } from './lease-messages.js';

/** How long to wait for the thread to end. */
const maxCloseMs = 2000;

/** Who is told what the thread finds out. */
export interface LeaseWatch {
  readonly onGone: (why: string) => void;
  readonly onBack: () => void;
  /** Called once where another worker has taken a training over. */
  readonly onLost: (lease: Lease) => void;
}

/** The thread, as its worker sees it. */
export class LeaseKeeper {
  readonly #thread: Worker;
  readonly #watch: LeaseWatch;
  #held: { readonly lease: Lease; readonly ended: AbortController; isLost: boolean } | null = null;
  #fault: Error | null = null;
  readonly #exited: Promise<unknown>;
  readonly #ready: Promise<void>;
  #isReady: () => void = () => undefined;

  /** @param start - starts the thread */
  constructor(data: LeaseThreadData, watch: LeaseWatch, start = startThread) {
    this.#watch = watch;
    this.#thread = start(data);
    this.#thread.unref();
    this.#thread.on('message', (report: LeaseReport) => this.#hear(report));
    this.#thread.on('error', (error: Error) => this.#fail(error));
    this.#exited = new Promise((resolve) => this.#thread.once('exit', resolve));
    this.#ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
  }

  /**
   * Keeps a lease from now on, instead of the one before.
   *
   * @returns aborted when another worker has recorded the result
   */
  hold(lease: Lease): AbortSignal {
    const ended = new AbortController();
    this.#held = { lease, ended, isLost: false };
    this.#ask({ hold: lease });
    return ended.signal;
  }

  /** Resolves once leases are kept. Before that, a training that does not yield would lose its own. @throws as `check` */
  async ready(): Promise<void> {
    // The thread alone does not keep the process alive.
    const alive = setInterval(() => undefined, 60_000);
    await this.#ready;
    clearInterval(alive);
    this.check();
  }

  /** Keeps no lease from now on. */
  drop(): void {
    this.#held = null;
    this.#ask({ hold: null });
  }

  /** @throws the error that ended the thread: without it no lease would last */
  check(): void {
    if (this.#fault !== null) throw this.#fault;
  }

  async close(): Promise<void> {
    this.#held = null;
    this.#ask({ close: true });
    // Its connection may wait for a server that does not answer.
    const patience = setTimeout(() => void this.#thread.terminate(), maxCloseMs);
    await this.#exited;
    clearTimeout(patience);
  }

  #fail(error: Error): void {
    this.#fault = error;
    this.#isReady();
  }

  #ask(request: LeaseRequest): void {
    this.#thread.postMessage(request);
  }

  #hear(report: LeaseReport): void {
    if ('gone' in report) this.#watch.onGone(report.gone);
    else if ('back' in report) this.#watch.onBack();
    else if ('ready' in report) this.#isReady();
    else if ('fault' in report) this.#fail(new Error(report.fault));
    else this.#hearOfLease(report);
  }

  #hearOfLease(report: Extract<LeaseReport, { ended: string } | { lost: string }>): void {
    const held = this.#held;
    const name = 'ended' in report ? report.ended : report.lost;
    if (held === null || held.lease.lease !== name) return;
    if ('ended' in report) held.ended.abort(new Error('another worker has recorded the result'));
    else if (!held.isLost) {
      held.isLost = true;
      this.#watch.onLost(held.lease);
    }
  }
}

/** The compiled thread, or through tsx when this file itself runs from source. */
function startThread(workerData: LeaseThreadData): Worker {
  // The options of the program, such as those of a debugger, are not the thread's.
  const options = { workerData, execArgv: [] };
  if (import.meta.url.endsWith('.js')) {
    return new Worker(new URL('./lease-thread.js', import.meta.url), options);
  }
  const file = new URL('./lease-thread.ts', import.meta.url);
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import('${file}'); });`;
  return new Worker(code, { ...options, eval: true });
}
