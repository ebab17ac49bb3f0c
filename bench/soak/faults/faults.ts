/** Soak test: faults at any write and any load of a day: import, train, serve, feedback, activate, evaluate, remove. */

import { copyFileSync, mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { RandomStream } from '../../../src/random.js';
import { atEnd, removeFolder } from '../cleanup.js';
import { soakHome } from '../home.js';
import { leftovers, lookAfter } from './aftermath.js';
import { dayIn, doDeed, type Ended, type Morning } from './day.js';
import { buildFaultyDisk } from './disk.js';
import {
  type Calls,
  countedCalls,
  type Deed,
  type Fault,
  faultKind,
  faultNames,
  type Injection,
  isDocumentedExit,
  isDocumentedStatus,
  isFor,
} from './injection.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

/** The day, in turn; the quick deeds more often. Each begins with the home of the morning. */
const deeds: readonly Deed[] = [
  'import',
  'activate',
  'remove',
  'train',
  'workers',
  'import',
  'activate',
  'remove',
  'serve',
  'import',
  'activate',
  'remove',
  'evaluate',
];

/** About how many calls a deed makes. The short version does not count them first. */
const usualCalls: Readonly<Record<Deed, Counts>> = {
  import: counts(142, 96, 4),
  activate: counts(19, 46, 17),
  remove: counts(8, 9, 6),
  train: counts(68, 105, 36),
  workers: counts(128, 265, 65),
  serve: counts(122, 143, 37),
  evaluate: counts(23, 35, 14),
};
const minToCount = 100;
/** So many injections of one kind have one that strikes before the deed begins. */
const beforeEvery = 8;

interface Counts {
  readonly all: Calls;
  /** Those before the server serves. */
  readonly before: Calls;
}

function counts(writes: number, loads: number, opens: number): Counts {
  return { all: { writes, loads, opens }, before: { writes: 0, loads: 0, opens: 0 } };
}

/** The result of the faults. */
export interface FaultsOutcome {
  readonly injections: number;
  /** Injections that struck: their call was made, by a process that is meant. */
  readonly struck: number;
  /** How often each deed was done with a fault. */
  readonly deeds: Readonly<Record<string, number>>;
  /** How often each fault was injected. */
  readonly faults: Readonly<Record<string, number>>;
  /** How the deeds ended, by exit code or signal. */
  readonly exits: Readonly<Record<string, number>>;
  /** Events of feedback that were acknowledged meanwhile. */
  readonly acknowledged: number;
  /** Everything that should not be. */
  readonly problems: readonly string[];
}

/** How to inject. */
export interface FaultsOptions {
  readonly seed?: number;
  /** Days that are spent at the same time. */
  readonly atOnce?: number;
  /** Leave out what takes long: a stopped process is noticed after ten seconds. */
  readonly isShort?: boolean;
}

/**
 * Does the deeds of a day, each with a fault at one of its calls, and looks after each: nothing acknowledged is lost, no
 * temporary file stays, exit codes and statuses are documented ones, and the same deed works once the fault is over.
 */
export async function faultsInDays(
  count: number,
  { seed = 1, atOnce = 2, isShort = false }: FaultsOptions = {},
): Promise<FaultsOutcome> {
  const place = mkdtempSync(join(tmpdir(), 'multvae-faults-'));
  const removePlace = atEnd(() => removeFolder(place));
  const { home, runs, remove } = await soakHome(2);
  try {
    const morning: Morning = {
      home,
      runs: [runs[0]!, runs[1]!],
      newData: join(home, '..', 'ratings.csv'),
      otherDatabase: otherDatabase(home, place),
      library: buildFaultyDisk(isShort ? 'faulty-disk-short' : 'faulty-disk'),
    };
    const days = new Days(place, morning);
    const isKnown = isShort || count < minToCount;
    const calls = isKnown ? usualCalls : await days.countCalls();
    const injections = new Injections(seed, calls);
    const names = isShort ? faultNames.filter((name) => name !== 'worker stopped') : faultNames;
    const planned = Array.from({ length: count }, (_, k) =>
      injections.next(deeds[k % deeds.length]!, names),
    );
    // A lane of their own for those that wait for the supervisor: the others need the processor meanwhile.
    const waits = ({ fault }: Injection) => fault === 'worker stopped';
    const waiting = planned.filter(waits);
    const busy = planned.filter((injection) => !waits(injection));
    let begun = 0;
    const spend = async (queue: Injection[]) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await days.spend(begun++, next);
      }
    };
    await Promise.all([spend(waiting), ...Array.from({ length: atOnce }, () => spend(busy))]);
    return days.outcome();
  } finally {
    removePlace();
    remove();
  }
}

/** A copy of the home's database, in which something else was stored since. */
function otherDatabase(home: string, place: string): string {
  const path = join(place, 'other.db');
  copyFileSync(join(home, 'multvae.db'), path);
  const db = new Sqlite(path);
  db.prepare('UPDATE dataset SET imported_at = ?').run('2026-01-01T00:00:00.000Z');
  db.close();
  return path;
}

/** Chooses injections: of the faults of a deed the one that was chosen least, at a random call. */
class Injections {
  readonly #random: RandomStream;
  readonly #calls: Readonly<Record<Deed, Counts>>;
  readonly #used = new Map<Fault, number>();

  constructor(seed: number, calls: Readonly<Record<Deed, Counts>>) {
    this.#random = new RandomStream(seed, 'faults');
    this.#calls = calls;
  }

  next(deed: Deed, names: readonly Fault[]): Injection {
    const possible = names.filter((name) => isFor(name, deed));
    const least = Math.min(...possible.map((name) => this.#used.get(name) ?? 0));
    const rarest = possible.filter((name) => (this.#used.get(name) ?? 0) === least);
    const fault = rarest[this.#random.integer(rarest.length)]!;
    this.#used.set(fault, least + 1);
    const kind = faultKind(fault);
    const of = kind.at[this.#random.integer(kind.at.length)]!;
    if (kind.moves !== undefined && this.#random.integer(beforeEvery) === 0) {
      return { deed, fault, of, at: 0 };
    }
    const { all, before } = this.#calls[deed];
    // A process that never served may be silent for a minute.
    const from = fault === 'worker stopped' ? before[of] : 0;
    return { deed, fault, of, at: 1 + from + this.#random.integer(Math.max(1, all[of] - from)) };
  }
}

/** Spends days, and keeps what was found. */
class Days {
  readonly #place: string;
  readonly #morning: Morning;
  readonly #problems: string[] = [];
  readonly #exits: Record<string, number> = {};
  readonly #deeds: Record<string, number> = {};
  readonly #faults: Record<string, number> = {};
  #acknowledged = 0;
  #struck = 0;
  #injections = 0;

  constructor(place: string, morning: Morning) {
    this.#place = place;
    this.#morning = morning;
  }

  /** Does each deed without a fault. */
  async countCalls(): Promise<Readonly<Record<Deed, Counts>>> {
    const found: Partial<Record<Deed, Counts>> = {};
    for (const deed of new Set(deeds)) {
      const day = dayIn(join(this.#place, `count-${deed}`), this.#morning);
      const { exit, calls, callsBefore, err } = await doDeed(deed, day, null);
      if (exit !== 0) this.#problems.push(`${deed} without a fault ended with ${exit}: ${err}`);
      for (const of of countedCalls) {
        if (calls[of] === 0) this.#problems.push(`no ${of} of ${deed} were counted`);
      }
      found[deed] = { all: calls, before: callsBefore };
      process.stderr.write(`${deed}: ${JSON.stringify(calls)}\n`);
    }
    return found as Record<Deed, Counts>;
  }

  /** Does a deed with a fault in it. */
  async spend(k: number, injection: Injection): Promise<void> {
    const { deed, fault, of, at } = injection;
    this.#injections++;
    const place = join(this.#place, `day-${k}`);
    const day = dayIn(place, this.#morning);
    const where = at === 0 ? `before ${deed}` : `at call ${at} of the ${of} of ${deed}`;
    const told = (problem: string) => {
      this.#problems.push(`${fault} ${where}: ${problem}`);
      process.stderr.write(`${this.#problems.at(-1)}\n`);
    };
    try {
      const ended = await doDeed(deed, day, injection);
      this.#judge(injection, ended, told);
      if (ended.exit !== 'SIGKILL') for (const name of leftovers(day.home)) told(`${name} stays`);
      await lookAfter(injection, day, told);
    } catch (error) {
      told(`then ${(error as Error).message}`);
    }
    this.#acknowledged += day.acknowledged.length;
    removeFolder(place);
  }

  #judge({ deed, fault, at }: Injection, ended: Ended, told: (problem: string) => void): void {
    const { exit, statuses, err, hasStruck } = ended;
    if (at === 0 || hasStruck) this.#struck++;
    count(this.#exits, String(exit));
    count(this.#deeds, deed);
    count(this.#faults, fault);
    if (!isDocumentedExit(exit, fault)) told(`exit ${exit}: ${err.slice(-400)}`);
    if (exit === 2 || exit === 3) if (!err.includes('multvae: ')) told(`no reason: ${err}`);
    for (const status of statuses) if (!isDocumentedStatus(status, fault)) told(`status ${status}`);
  }

  outcome(): FaultsOutcome {
    return {
      injections: this.#injections,
      struck: this.#struck,
      deeds: this.#deeds,
      faults: this.#faults,
      exits: this.#exits,
      acknowledged: this.#acknowledged,
      problems: this.#problems,
    };
  }
}

function count(into: Record<string, number>, name: string): void {
  into[name] = (into[name] ?? 0) + 1;
}
