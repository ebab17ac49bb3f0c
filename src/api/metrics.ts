/** Counters, histograms and gauges for Prometheus. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ShedReason } from './gate/overload.js';

/** The served run, for the metrics. */
export interface ServedRunInfo {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A night, for the metrics. */
export interface PastNight {
  readonly outcome: string;
  /** ISO 8601. */
  readonly endedAt: string;
}

/** How long the nights count as known. */
const nightsTrustMs = 30_000;

/** The metrics of one process. */
export class ServingMetrics {
  readonly registry = new Registry();
  /** The text for Prometheus: this process's counts, or those of all processes that share the port. */
  gather: () => Promise<string> = () => this.registry.metrics();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #batches: Histogram;
  readonly #batchSeconds: Histogram;
  readonly #cache: Counter<'result'>;
  readonly #recommendations: Counter<'source'>;
  readonly #lists: Counter<'run' | 'source'>;
  readonly #shed: Counter<'reason'>;
  readonly #feedback: Counter<'status'>;
  readonly #items: Counter<'status'>;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Histogram({
      name: 'multvae_http_request_duration_seconds',
      help: 'From the request line to the end of the answer, by route.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.#batches = new Histogram({
      name: 'multvae_batch_rows',
      help: 'Rankings that were computed together.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
      registers,
    });
    this.#batchSeconds = new Histogram({
      name: 'multvae_batch_duration_seconds',
      help: 'How long the rankings that were computed together took.',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
      registers,
    });
    this.#cache = new Counter({
      name: 'multvae_cache_requests_total',
      help: 'Questions to the cache of answers.',
      labelNames: ['result'],
      registers,
    });
    this.#recommendations = new Counter({
      name: 'multvae_recommendations_total',
      help: 'Answers by what decided them: the model, or popularity.',
      labelNames: ['source'],
      registers,
    });
    this.#lists = new Counter({
      name: 'multvae_lists_shown_total',
      help: 'Lists that were counted as shown, by run and by what decided them.',
      labelNames: ['run', 'source'],
      registers,
    });
    this.#shed = new Counter({
      name: 'multvae_shed_requests_total',
      help: 'Requests refused with 503 because there were too many, or the event loop was late.',
      labelNames: ['reason'],
      registers,
    });
    this.#feedback = new Counter({
      name: 'multvae_feedback_events_total',
      help: 'Feedback events: stored, repeated, or deleted.',
      labelNames: ['status'],
      registers,
    });
    this.#items = new Counter({
      name: 'multvae_item_writes_total',
      help: 'Items written over HTTP: created, changed, unchanged, or deleted.',
      labelNames: ['status'],
      registers,
    });
    for (const reason of ['requests', 'delay'] as const) this.#shed.inc({ reason }, 0);
    for (const status of ['stored', 'repeated', 'deleted']) this.#feedback.inc({ status }, 0);
    for (const status of ['created', 'changed', 'unchanged', 'deleted']) {
      this.#items.inc({ status }, 0);
    }
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  /** Counts rankings that were computed together. */
  batch(rows: number, durationMs: number): void {
    this.#batches.observe(rows);
    this.#batchSeconds.observe(durationMs / 1000);
  }

  cache(result: 'hit' | 'miss'): void {
    this.#cache.inc({ result });
  }

  recommended(source: string): void {
    this.#recommendations.inc({ source });
  }

  /** Counts a list that was shown. */
  shown(run: string, source: string): void {
    this.#lists.inc({ run, source });
  }

  /** Adds the number of lists that are counted and not stored yet. */
  watchLists(unstored: () => number): void {
    new Gauge({
      name: 'multvae_lists_unstored',
      help: 'Lists that are counted in memory and not stored yet.',
      registers: [this.registry],
      collect() {
        this.set(unstored());
      },
    });
  }

  shed(reason: ShedReason): void {
    this.#shed.inc({ reason });
  }

  feedback(status: 'stored' | 'repeated' | 'deleted', events: number): void {
    this.#feedback.inc({ status }, events);
  }

  item(status: 'created' | 'changed' | 'unchanged' | 'deleted', items: number): void {
    this.#items.inc({ status }, items);
  }

  /** Adds the number of deletions whose rows the write-ahead log still holds. */
  watchDeletions(inLog: () => number): void {
    new Gauge({
      name: 'multvae_deletions_in_log',
      help: 'Deletions whose rows the write-ahead log still holds, because a reader is in the way.',
      registers: [this.registry],
      collect() {
        this.set(inLog());
      },
    });
  }

  /** Adds whether the process serves another run than the active one, because it cannot load that one or look. */
  watchLag(lags: () => boolean): void {
    new Gauge({
      name: 'multvae_lagging_processes',
      help: 'Processes that do not know the active run, or cannot serve it.',
      registers: [this.registry],
      collect() {
        this.set(lags() ? 1 : 0);
      },
    });
  }

  /**
   * Adds when the last nights ended, by outcome, and the last one that did not fail.
   *
   * @param read - the nights, the newest first; asked at most twice a minute
   */
  watchNights(read: () => Promise<readonly PastNight[]>): void {
    const registers = [this.registry];
    let nights: Promise<readonly PastNight[]> = Promise.resolve([]);
    let readAt = Number.NEGATIVE_INFINITY;
    const current = () => {
      if (performance.now() - readAt < nightsTrustMs) return nights;
      readAt = performance.now();
      const before = nights;
      // While the store is gone, what was read last counts.
      nights = read().catch(() => before);
      return nights;
    };
    const seconds = ({ endedAt }: PastNight) => Date.parse(endedAt) / 1000;
    new Gauge({
      name: 'multvae_last_night_timestamp_seconds',
      help: 'When the last night of each outcome ended, in seconds since 1970.',
      labelNames: ['outcome'],
      registers,
      aggregator: 'max',
      async collect() {
        const known = [...(await current())];
        this.reset();
        for (const night of known.reverse()) {
          this.set({ outcome: night.outcome }, seconds(night));
        }
      },
    });
    new Gauge({
      name: 'multvae_last_good_night_timestamp_seconds',
      help: 'When the last night ended that did not fail, in seconds since 1970; 0 for none.',
      registers,
      aggregator: 'max',
      async collect() {
        const good = (await current()).find(({ outcome }) => outcome !== 'failed');
        this.set(good === undefined ? 0 : seconds(good));
      },
    });
  }

  /**
   * Adds whether the rate limit is counted with other processes, and how often it was not.
   *
   * @returns counts a request that this process counted alone
   */
  watchRates(isShared: () => boolean): () => void {
    const registers = [this.registry];
    new Gauge({
      name: 'multvae_rate_limit_shared',
      help: '1 while all processes count requests together, 0 while one of them counts for itself.',
      registers,
      aggregator: 'min',
      collect() {
        this.set(isShared() ? 1 : 0);
      },
    });
    const alone = new Counter({
      name: 'multvae_rate_limit_own_counts_total',
      help: 'Requests that a process counted for itself, because the shared counts did not answer.',
      registers,
    });
    return () => alone.inc();
  }

  /** Adds values that are read whenever metrics are collected. */
  watch(
    served: () => ServedRunInfo | null,
    overload: { readonly delayMs: number; readonly underWay: number },
  ): void {
    const registers = [this.registry];
    new Gauge({
      name: 'multvae_event_loop_delay_seconds',
      help: 'How late the event loop was on average in the last quarter of a second.',
      registers,
      aggregator: 'max',
      collect() {
        this.set(overload.delayMs / 1000);
      },
    });
    new Gauge({
      name: 'multvae_requests_under_way',
      help: 'Requests that are being answered.',
      registers,
      collect() {
        this.set(overload.underWay);
      },
    });
    new Gauge({
      name: 'multvae_model_info',
      help: '1 for the run that is served.',
      labelNames: ['run'],
      registers,
      aggregator: 'max',
      collect() {
        this.reset();
        const run = served();
        if (run !== null) this.set({ run: run.id }, 1);
      },
    });
    new Gauge({
      name: 'multvae_model_age_seconds',
      help: 'How long ago the run that is served was trained.',
      registers,
      aggregator: 'max',
      collect() {
        const run = served();
        this.set(run === null ? Number.NaN : (Date.now() - Date.parse(run.createdAt)) / 1000);
      },
    });
  }
}
