/** A worker's part in a search that PostgreSQL keeps. */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ModelConfig } from '../../../../config/models.js';
import type { TrialResult, TrialStep } from '../../../trial.js';
import type {
  HeldTrial,
  NextStep,
  SearchMembership,
  SearchState,
  SearchWorker,
  SharedSearch,
} from '../../shared-searches.js';
import type { Connection } from '../connection.js';
import { LeaseKeeper } from './lease-keeper.js';
import { isPassing } from './passing.js';
import * as sql from './statements.js';

const minRetryMs = 250;
const maxRetryMs = 10_000;
/** How long the end of a part may take where the store does not answer. */
const maxFarewellMs = 3000;

/** A row of `readTrials`. */
export interface TrialRow {
  readonly trial: number;
  readonly rung: number;
  readonly config: string;
  readonly score: number | null;
  readonly failure: string | null;
  readonly duration_s: number;
  readonly instruction_set: string;
  readonly recorded: boolean;
}

/** What a part needs to begin. */
export interface MembershipOptions extends SearchMembership {
  readonly database: Connection;
  /** Of the database, for the thread that keeps leases. */
  readonly url: string;
  readonly search: number;
  readonly isNew: boolean;
  /** Names the worker. */
  readonly id: string;
  readonly worker: SearchWorker;
}

/** One worker in one search. */
export class PostgresSearch implements SharedSearch {
  readonly search: number;
  readonly isNew: boolean;
  readonly #options: MembershipOptions;
  readonly #keeper: LeaseKeeper;
  #isGone = false;

  constructor(options: MembershipOptions) {
    const { url, id, worker, onRemark } = options;
    this.search = options.search;
    this.isNew = options.isNew;
    this.#options = options;
    const data = { url, worker: id, leaseS: worker.leaseS };
    this.#keeper = new LeaseKeeper(data, {
      onGone: (why) => this.#noteGone(why),
      onBack: () => this.#noteBack(),
      onLost: ({ trial }) =>
        onRemark?.(
          `another worker has taken trial ${trial + 1} over, because this one was not heard of for ${worker.leaseS} seconds; the first result counts`,
        ),
    });
  }

  /** Resolves once this worker can keep what it takes. */
  ready(): Promise<void> {
    return this.#keeper.ready();
  }

  async state(): Promise<SearchState> {
    const rows = await this.#patiently(() => this.#run<TrialRow>(sql.readTrials, [this.search]));
    return stateOf(rows);
  }

  async take(next: NextStep): Promise<HeldTrial | 'wait' | 'over'> {
    this.#keeper.check();
    const lease = randomUUID();
    for (;;) {
      const abandoned = await this.#takeAbandoned(lease);
      if (abandoned !== null) return abandoned;
      const step = next(await this.state());
      if (typeof step === 'string') return step;
      const begun = await this.#begin(step, lease);
      if (begun !== null) return begun;
      // Another worker began the same training a moment ago: look again.
    }
  }

  async record(held: HeldTrial, result: TrialResult): Promise<boolean> {
    const { trial, rung, lease } = held;
    const { id, worker } = this.#options;
    const place = [this.search, trial, rung];
    const { score, failure, durationS } = result;
    const values = [...place, id, lease, score, failure, durationS, worker.instructionSet];
    const own = await this.#patiently(async () => {
      // Durable, whatever the server's settings say.
      await this.#options.database.transaction((session) => session.run(sql.recordResult, values));
      return this.#run<{ own: boolean }>(sql.isRecorded, [...place, lease]);
    });
    this.#keeper.drop();
    return own[0]?.own === true;
  }

  async giveBack({ trial, rung, lease }: HeldTrial): Promise<void> {
    this.#keeper.drop();
    await this.#shortly(() => this.#run(sql.giveBack, [this.search, trial, rung, lease]));
  }

  async leave(): Promise<void> {
    await this.#shortly(() => this.#run(sql.leaveSearch, [this.#options.id]));
    await this.#keeper.close();
  }

  async #takeAbandoned(lease: string): Promise<HeldTrial | null> {
    const { id, worker } = this.#options;
    const values = [this.search, lease, id, worker.leaseS];
    const [row] = await this.#patiently(async () => {
      await this.#run(sql.failLost, [
        this.search,
        `${sql.maxLost} workers ended without a word while they trained it, perhaps for want of memory`,
      ]);
      return this.#run<TrialRow & { lost: number }>(sql.takeAbandoned, values);
    });
    if (row === undefined) return null;
    return this.#hold({ ...stepOf(row), lease, lost: row.lost });
  }

  async #begin(step: TrialStep, lease: string): Promise<HeldTrial | null> {
    const { id, worker } = this.#options;
    const { trial, rung, config } = step;
    const values = [this.search, trial, rung, JSON.stringify(config), lease, id, worker.leaseS];
    const rows = await this.#patiently(() => this.#run<{ lost: number }>(sql.beginTrial, values));
    return rows.length === 0 ? null : this.#hold({ ...step, lease, lost: 0 });
  }

  #hold(taken: Omit<HeldTrial, 'ended'>): HeldTrial {
    const { trial, rung, lease } = taken;
    return { ...taken, ended: this.#keeper.hold({ search: this.search, trial, rung, lease }) };
  }

  #run<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return this.#options.database.read<Row>(text, values);
  }

  /** Repeats what a store that is gone refuses, until it is back. @throws the signal's reason */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    for (let waitMs = minRetryMs; ; waitMs = Math.min(2 * waitMs, maxRetryMs)) {
      try {
        const value = await work();
        this.#noteBack();
        return value;
      } catch (error) {
        if (!isPassing(error)) throw error;
        this.#noteGone(error.message);
        signal?.throwIfAborted();
        // Workers that lost the store together do not come back at the same instant.
        const ms = waitMs * (0.5 + Math.random() / 2);
        await delay(ms, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
      }
    }
  }

  /** Tries once. Where it fails, the lease ends by itself. */
  async #shortly(work: () => Promise<unknown>): Promise<void> {
    const patience = new AbortController();
    const late = delay(maxFarewellMs, undefined, { signal: patience.signal, ref: false });
    await Promise.race([work().catch(() => undefined), late.catch(() => undefined)]);
    patience.abort();
  }

  #noteGone(why: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#options.onRemark?.(`${why}; this worker goes on, and waits for it where it must`);
  }

  #noteBack(): void {
    if (!this.#isGone) return;
    this.#isGone = false;
    this.#options.onRemark?.('the store answers again');
  }
}

function stepOf({ trial, rung, config }: Pick<TrialRow, 'trial' | 'rung' | 'config'>): TrialStep {
  return { trial, rung, config: JSON.parse(config) as ModelConfig };
}

/** The results in the order of recording, and what is running. */
export function stateOf(rows: readonly TrialRow[]): SearchState {
  const running = rows.filter(({ recorded }) => !recorded).map(stepOf);
  const results = rows.filter(({ recorded }) => recorded);
  return {
    running,
    results: results.map(({ score, failure, duration_s, instruction_set, ...row }) => ({
      ...stepOf(row),
      score,
      failure,
      durationS: duration_s,
      instructionSet: instruction_set,
    })),
  };
}
