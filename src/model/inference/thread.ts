/** A model in a thread of its own, behind the same interface. */

import { Worker } from 'node:worker_threads';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError, UnavailableError } from '../../errors.js';
import { startingError } from '../../storage/starting.js';
import { checkRows } from '../blocks.js';
import type { Recommender, TopN } from '../recommender.js';
import {
  type InferenceSource,
  joinRows,
  type MethodCall,
  type Opened,
  type PlainRows,
  type Question,
  type Ranked,
  type Report,
  type RunDetails,
  revive,
  revivedError,
} from './protocol.js';
import { WaitingCalls } from './waiting-calls.js';

export type { InferenceSource, RunDetails } from './protocol.js';

/** Callbacks of `openInference`, and how it starts the thread. */
export interface InferenceWatch {
  /** Called after each batch of rankings with its size and duration. */
  readonly onBatch?: (rows: number, durationMs: number) => void;
  /** Told, once the run is opened, why a faster backend does not compute. */
  readonly onRemark?: (text: string) => void;
  /** Called with the reason when the thread ends unexpectedly; another one replaces it. */
  readonly onCrash?: (error: Error) => void;
  /** Ends a thread that is still opening the run; the reason is thrown. */
  readonly signal?: AbortSignal;
  /** Starts the thread. Default: `startWorker`. */
  readonly start?: (source: InferenceSource) => Worker;
}

/** A run and its model, which computes in a thread of its own. */
export interface Inference {
  readonly run: RunDetails;
  /** Also has the model's optional methods, such as `encode`. `dispose` ends the thread. */
  readonly recommender: Recommender;
}

/**
 * Opens a run's model in a thread of its own, so that its computations never block the event loop.
 *
 * Rankings of one row requested at about the same time are computed together: those of one turn of the event
 * loop are sent in one message, and those that arrive while the thread is busy form the next batch. When the
 * thread crashes, its pending calls are rejected with UnavailableError and another thread opens the run again.
 *
 * @throws RunError, BackendError or DependencyError saying why the run cannot be opened
 */
export async function openInference(
  source: InferenceSource,
  watch: InferenceWatch = {},
): Promise<Inference> {
  const thread = new InferenceThread(source, watch);
  const opened = await openUntilAborted(thread, watch.signal);
  const { model, itemCount, methods, remarks } = opened;
  for (const text of remarks) watch.onRemark?.(text);
  const recommender: Recommender = {
    model,
    itemCount,
    score: (rows) => thread.call('score', itemCount, rows) as Promise<Float32Array>,
    topN: (rows, n, mask) => thread.topN(itemCount, rows, n, mask),
    dispose: () => thread.close(),
  };
  for (const method of methods) {
    Object.assign(recommender, {
      [method]: (...args: unknown[]) => thread.call(method, itemCount, ...args),
    });
  }
  return { run: revive(opened.run) as RunDetails, recommender };
}

async function openUntilAborted(thread: InferenceThread, signal?: AbortSignal): Promise<Opened> {
  signal?.throwIfAborted();
  const giveUp = () => thread.close();
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await thread.open();
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}

interface RankingCall {
  readonly id: number;
  readonly n: number;
  readonly rows: ClickMatrix;
  readonly mask: ClickMatrix;
}

/** When one turn of the event loop has this many rankings, they are sent before it ends. */
const eagerBatchSize = 8;

/** Wait at least this long before retrying a thread that failed to open. */
const retryMs = 1000;

class InferenceThread {
  readonly #source: InferenceSource;
  readonly #watch: InferenceWatch;
  #worker: Worker | null = null;
  /** The thread that opens the run, until it has. */
  #starting: Worker | null = null;
  #opening: Promise<Opened> | null = null;
  #openedAt = 0;
  #isClosed = false;
  readonly #waiting = new WaitingCalls(() => this.#replaceStuck());
  /** Rankings of this turn of the event loop. */
  #rankings: RankingCall[] = [];

  constructor(source: InferenceSource, watch: InferenceWatch) {
    this.#source = source;
    this.#watch = watch;
  }

  open(): Promise<Opened> {
    this.#openedAt = performance.now();
    this.#opening ??= this.#start().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async topN(itemCount: number, rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    checkRows({ itemCount }, rows);
    checkRows({ itemCount }, mask);
    if (rows.rows !== 1 || mask.rows !== 1) {
      return this.call('topN', itemCount, rows, n, mask) as Promise<TopN>;
    }
    // Checked before sending, because one wrong call must not fail its whole batch.
    if (!Number.isInteger(n) || n < 1)
      throw new ShapeError(`n is ${n}; it must be an integer >= 1`);
    if (this.#worker === null) await this.#reopen();
    return new Promise<TopN>((resolve, reject) => {
      const id = this.#waiting.add({ n, resolve, reject });
      this.#rankings.push({ id, n, rows, mask });
      if (this.#rankings.length === 1) setImmediate(() => this.#sendRankings());
      // During a long turn, the thread can start on the first requests while the last are still parsed.
      if (this.#rankings.length === eagerBatchSize) this.#sendRankings();
    });
  }

  async call(
    method: MethodCall['method'],
    itemCount: number,
    ...args: unknown[]
  ): Promise<unknown> {
    const plain = args.map((arg) => {
      if (typeof arg !== 'object' || arg === null || !('offsets' in arg)) return arg;
      checkRows({ itemCount }, arg as ClickMatrix);
      // Copied, because posting a view would also copy the whole buffer behind it.
      return joinRows([arg as PlainRows]);
    });
    if (this.#worker === null) await this.#reopen();
    return new Promise<unknown>((resolve, reject) => {
      const id = this.#waiting.add({ resolve, reject });
      this.#ask({ call: { id, method, args: plain } });
    });
  }

  close(): void {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#lose(new UnavailableError('the model has been closed; try again'));
    void worker?.terminate();
    void this.#starting?.terminate();
  }

  #start(): Promise<Opened> {
    return this.#startOnce().catch((error) => {
      throw startingError('the thread that computes the model', error);
    });
  }

  #startOnce(): Promise<Opened> {
    return new Promise((resolve, reject) => {
      const worker = (this.#watch.start ?? startWorker)(this.#source);
      this.#starting = worker;
      let isOpen = false;
      worker.on('message', (report: Report) => {
        if ('opened' in report) {
          isOpen = true;
          this.#starting = null;
          if (this.#isClosed) void worker.terminate();
          else this.#worker = worker;
          resolve(report.opened);
        } else if ('refused' in report) {
          reject(revivedError(report.refused));
        } else {
          this.#settle(report);
        }
      });
      const onEnd = (error: Error) => {
        if (!isOpen) reject(error);
        if (this.#worker === worker) this.#replace(error);
      };
      worker.once('error', onEnd);
      worker.once('exit', (code) => onEnd(new Error(`the inference thread ended with ${code}`)));
    });
  }

  /** Opens another thread in place of one that failed. */
  #replace(error: Error): void {
    this.#lose(new UnavailableError('the inference thread has failed and is restarting'));
    this.#watch.onCrash?.(error);
    this.open().catch(() => undefined); // the next call tries again and reports the reason
  }

  #replaceStuck(): void {
    const stuck = this.#worker;
    if (stuck === null) return;
    // At once, because a thread inside native code may end late or never.
    this.#replace(new Error('the inference thread has not answered for a minute'));
    void stuck.terminate();
  }

  async #reopen(): Promise<void> {
    if (this.#isClosed) throw new UnavailableError('the model has been closed; try again');
    const isTooSoon = this.#opening === null && performance.now() - this.#openedAt < retryMs;
    try {
      if (isTooSoon) throw new Error('it has just failed to open');
      await this.open();
    } catch (cause) {
      throw new UnavailableError('the inference thread has failed and cannot be restarted', {
        cause,
      });
    }
  }

  #sendRankings(): void {
    const calls = this.#rankings;
    this.#rankings = [];
    if (this.#worker === null || calls.length === 0) return;
    const rankings = {
      ids: calls.map(({ id }) => id),
      ns: calls.map(({ n }) => n),
      rows: joinRows(calls.map(({ rows }) => rows)),
      mask: joinRows(calls.map(({ mask }) => mask)),
    };
    const { rows, mask } = rankings;
    const arrays = [rows.offsets, rows.items, mask.offsets, mask.items];
    this.#ask(
      { rankings },
      arrays.map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  #ask(question: Question, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(question, transfer);
  }

  #settle(report: Exclude<Report, { opened: Opened } | { refused: unknown }>): void {
    if ('ranked' in report) {
      this.#settleRanked(report.ranked);
    } else if ('error' in report) {
      for (const id of report.ids) this.#waiting.take(id)?.reject(revivedError(report.error));
    } else {
      this.#waiting.take(report.id)?.resolve(revive(report.value) as never);
    }
  }

  #settleRanked({ ids, best, durationMs }: Ranked): void {
    ids.forEach((id, row) => {
      const waiting = this.#waiting.take(id);
      const n = waiting?.n ?? 0;
      const start = row * best.n;
      const items = best.items.subarray(start, start + n);
      const scores = best.scores.subarray(start, start + n);
      waiting?.resolve({ rows: 1, n, items, scores } satisfies TopN as never);
    });
    this.#watch.onBatch?.(ids.length, durationMs);
  }

  /** Rejects all pending calls. */
  #lose(error: Error): void {
    this.#worker = null;
    this.#rankings = [];
    this.#waiting.rejectAll(error);
  }
}

/** Starts the computing thread: the compiled worker, or through tsx when this file itself runs from source. */
export function startWorker(workerData: InferenceSource): Worker {
  if (import.meta.url.endsWith('.js')) {
    return new Worker(new URL('./worker.js', import.meta.url), { workerData });
  }
  const file = new URL('./worker.ts', import.meta.url);
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import('${file}'); });`;
  return new Worker(code, { eval: true, workerData });
}
