/** Adds up the metrics of several processes that share a port; what ended processes counted stays in the sums. */

import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { UnavailableError } from '../errors.js';
import type { ServingMetrics } from './metrics.js';

/** The metrics of a process, as prom-client gives and aggregates them. */
type Metrics = readonly object[];

/** What a serving process sends to its supervisor. */
export type ServingMessage =
  /** It listens; with the lines for the operator. */
  | { readonly serving: readonly string[] }
  /** It ends, and why. */
  | { readonly failed: string }
  /** Every second: it is not stuck. */
  | { readonly alive: true }
  /** Every five seconds: what it has counted. */
  | { readonly counted: Metrics }
  /** The answer to `report`. */
  | { readonly reportOf: number; readonly metrics: Metrics }
  /** It wants the text for Prometheus. */
  | { readonly metricsWanted: number };

/** What a supervisor sends to a serving process. */
export type SupervisorMessage =
  | { readonly report: number }
  | { readonly metricsOf: number; readonly text?: string; readonly problem?: string };

/** A serving process as its supervisor sees it; `Worker` of `node:cluster` is one. */
export interface ServingProcess {
  readonly id: number;
  readonly process: { readonly pid?: number | undefined; kill(signal: NodeJS.Signals): boolean };
  isConnected(): boolean;
  /** @param done - told when it was sent, or why not; without it an error would end the supervisor */
  send(message: SupervisorMessage, done: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: ServingMessage) => void): unknown;
  /** No message comes after it. Node does not always say so. */
  on(event: 'disconnect', listener: () => void): unknown;
  on(
    event: 'exit',
    listener: (code: number | null, signal: NodeJS.Signals | null) => void,
  ): unknown;
}

/** How often a serving process says that it lives. */
export const beatEveryMs = 1000;

/**
 * How often a serving process reports its counts, of which `kill -9` loses at most what came since the last report. To
 * collect them takes some milliseconds: 250 kB for a hundred combinations of route and status.
 */
const countEveryMs = 5000;

/** A process that takes longer to report has been stopped or is stuck. */
const reportTimeoutMs = 3000;

/** A message that does not arrive, because the other process has just ended, is of no use any more. */
const ignored = () => undefined;

/** Sends a message to the supervisor, if it still lives. */
export function tellSupervisor(message: ServingMessage): void {
  if (process.connected) process.send!(message, undefined, undefined, ignored);
}

/**
 * In a serving process: tells the supervisor that it lives and what it counts, and makes `metrics` give those of all processes that share
 * the port.
 *
 * @returns ends the reports, with a last one
 */
export function shareMetrics(metrics: ServingMetrics): () => Promise<void> {
  const waiting = new Map<number, (answer: { text?: string; problem?: string }) => void>();
  let wanted = 0;
  // One after the other, so that no report overtakes another with higher counts.
  let last = Promise.resolve();
  const report = (messageOf: (own: Metrics) => ServingMessage) => {
    last = last.then(async () =>
      tellSupervisor(messageOf(await metrics.registry.getMetricsAsJSON())),
    );
    return last;
  };
  const counted = () => report((own) => ({ counted: totalsOf(own) }));
  process.on('message', (message: SupervisorMessage) => {
    if ('report' in message) report((own) => ({ reportOf: message.report, metrics: own }));
    else if ('metricsOf' in message) {
      waiting.get(message.metricsOf)?.(message);
      waiting.delete(message.metricsOf);
    }
  });
  metrics.gather = async () => {
    const { text, problem } = await new Promise<{ text?: string; problem?: string }>((resolve) => {
      waiting.set(++wanted, resolve);
      tellSupervisor({ metricsWanted: wanted });
    });
    if (text === undefined) throw new UnavailableError(problem ?? 'no metrics came');
    return text;
  };
  counted();
  const timers = [
    setInterval(() => tellSupervisor({ alive: true }), beatEveryMs).unref(),
    setInterval(counted, countEveryMs).unref(),
  ];
  return async () => {
    timers.forEach(clearInterval);
    await counted();
  };
}

/** In the supervisor: the sums of the metrics of all processes, those that have ended included. */
export class ClusterMetrics {
  /** What each running process had counted when it reported last. */
  readonly #counted = new Map<ServingProcess, Metrics>();
  readonly #serving = new Set<ServingProcess>();
  /** Questions to a process; it is told null where the process ends. */
  readonly #waiting = new Map<
    number,
    { readonly worker: ServingProcess; readonly tell: (metrics: Metrics | null) => void }
  >();
  readonly #own = new Registry();
  readonly #replaced = new Counter({
    name: 'multvae_replaced_processes_total',
    help: 'Serving processes that were replaced: they ended, or did not answer any more.',
    labelNames: ['reason'],
    registers: [this.#own],
  });
  /** The sum of what ended processes had counted. */
  #ended: Metrics = [];
  #asked = 0;

  constructor() {
    for (const reason of ['ended', 'stuck'] as const) this.#replaced.inc({ reason }, 0);
    const serving = this.#serving;
    new Gauge({
      name: 'multvae_serving_processes',
      help: 'Processes that serve.',
      registers: [this.#own],
      collect() {
        this.set(serving.size);
      },
    });
  }

  /** Counts a process that another follows. */
  replaced(reason: 'ended' | 'stuck'): void {
    this.#replaced.inc({ reason });
  }

  /** Takes a process into the sums, and answers its questions for them. */
  listenTo(worker: ServingProcess): void {
    let hasEnded = false;
    let isCutOff = false;
    const settle = () => {
      if (!hasEnded || !isCutOff) return;
      this.#ended = sum([this.#ended, this.#counted.get(worker) ?? []]);
      this.#counted.delete(worker);
    };
    worker.on('message', (message) => {
      if ('counted' in message) this.#counted.set(worker, message.counted);
      else if ('serving' in message && !hasEnded) this.#serving.add(worker);
      else if ('reportOf' in message) {
        this.#counted.set(worker, totalsOf(message.metrics));
        this.#waiting.get(message.reportOf)?.tell(message.metrics);
      } else if ('metricsWanted' in message) this.#answer(worker, message.metricsWanted);
    });
    worker.on('exit', () => {
      hasEnded = true;
      this.#serving.delete(worker);
      for (const waiting of this.#waiting.values()) {
        if (waiting.worker === worker) waiting.tell(null);
      }
      settle();
    });
    // Its last messages may come after its end. Where Node does not say that none will come, its counts stay apart.
    worker.on('disconnect', () => {
      // Stryker disable next-line BooleanLiteral: the sums are the same; it only frees what an ended process had.
      isCutOff = true;
      settle();
    });
  }

  /**
   * The text for Prometheus.
   *
   * @throws UnavailableError when a process does not report: a sum without it would be wrong, and lower than the last
   */
  async gather(): Promise<string> {
    const own = await this.#own.getMetricsAsJSON();
    const asked = [...this.#serving];
    const reports = await Promise.all(asked.map((worker) => this.#report(worker)));
    // Nothing is awaited from here on, so each process is counted once: as a running one, or by its last report.
    const running = asked.flatMap((worker, k) =>
      this.#serving.has(worker) ? [reports[k] ?? []] : [],
    );
    const others = [...this.#counted].flatMap(([worker, counted]) =>
      asked.includes(worker) && this.#serving.has(worker) ? [] : [counted],
    );
    return aggregate([...running, ...others, this.#ended, own]).metrics();
  }

  /** The metrics of a process; null where it ends meanwhile. */
  async #report(worker: ServingProcess): Promise<Metrics | null> {
    // Stryker disable next-line UpdateOperator: any number that is new will do.
    const question = ++this.#asked;
    try {
      return await new Promise((resolve, reject) => {
        const { pid } = worker.process;
        const late = `serving process ${pid} did not report its metrics within ${reportTimeoutMs / 1000} s, and sums without it would be wrong; try again`;
        const timer = setTimeout(() => reject(new UnavailableError(late)), reportTimeoutMs);
        const tell = (metrics: Metrics | null) => {
          clearTimeout(timer);
          resolve(metrics);
        };
        this.#waiting.set(question, { worker, tell });
        if (worker.isConnected()) worker.send({ report: question }, ignored);
      });
    } finally {
      this.#waiting.delete(question);
    }
  }

  #answer(worker: ServingProcess, question: number): void {
    const tell = (answer: { text: string } | { problem: string }) => {
      if (worker.isConnected()) worker.send({ metricsOf: question, ...answer }, ignored);
    };
    this.gather().then(
      (text) => tell({ text }),
      (error: Error) => tell({ problem: error.message }),
    );
  }
}

/** What only grows while a process lives. */
function totalsOf(metrics: Metrics): Metrics {
  return metrics.filter((metric) => {
    const { type } = metric as { readonly type: string };
    return type === 'counter' || type === 'histogram';
  });
}

function sum(metrics: readonly Metrics[]): Metrics {
  return aggregate(metrics).getMetricsAsArray();
}

function aggregate(metrics: readonly Metrics[]): Registry {
  return AggregatorRegistry.aggregate([...metrics]);
}
