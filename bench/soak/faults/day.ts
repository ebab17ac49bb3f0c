/** The deeds of a day, each done by the built command in a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atEnd } from '../cleanup.js';
import { callsIn, faultyDisk, hasStruckIn } from './disk.js';
import { type Calls, countedCalls, type Deed, faultKind, type Injection } from './injection.js';

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** A client gives up after this long: more than a stopped process takes to be replaced. */
const patienceMs = 60_000;
/** A deed that takes longer than this hangs. A process that is stopped before it serves is noticed after a minute. */
const longestDeedMs = 180_000;

/** What every day begins with. */
export interface Morning {
  readonly home: string;
  /** Ids of the runs; the first is active. */
  readonly runs: readonly [string, string];
  readonly newData: string;
  /** A database that can take the place of the home's. */
  readonly otherDatabase: string;
  readonly library: string;
}

/** What a deed needs to know, and what it has found. */
export interface Day extends Morning {
  readonly place: string;
  /** Keys of the events that were acknowledged. */
  readonly acknowledged: string[];
  /** Where the database is too, after another one took its name. */
  readonly formerDatabase: string;
}

/** How a deed ended. */
export interface Ended {
  readonly exit: number | NodeJS.Signals | null;
  readonly calls: Calls;
  readonly hasStruck: boolean;
  /** Those until the server served. */
  readonly callsBefore: Calls;
  readonly statuses: readonly number[];
  readonly err: string;
}

/** A day in a new folder. */
export function dayIn(place: string, morning: Morning): Day {
  const home = join(place, 'home');
  mkdirSync(place);
  cpSync(morning.home, home, { recursive: true });
  const formerDatabase = join(place, 'former.db');
  linkSync(join(home, 'multvae.db'), formerDatabase);
  return { ...morning, home, place, acknowledged: [], formerDatabase };
}

/** The run that a deed needs, which the fault removes. */
export function runOf({ deed, at }: Injection, { runs }: Morning): string {
  const [active, other] = runs;
  if (deed === 'activate' || deed === 'remove') return other;
  return at % 2 === 0 ? active : other;
}

/** What the library is told of an injection. */
function variablesOf(injection: Injection, day: Day): Record<string, string> {
  const { moves, variables } = faultKind(injection.fault);
  const told: Record<string, string> = {
    ...variables,
    FAULT_AT: String(injection.at),
    FAULT_CALLS: String(countedCalls.indexOf(injection.of)),
  };
  if (moves === undefined) return told;
  const [from, to] = moveOf(injection, day);
  if (injection.at === 0) {
    for (const ending of ['-wal', '-shm']) rmSync(`${to}${ending}`, { force: true });
    renameSync(from, to);
    return told;
  }
  return { ...told, FAULT_MOVE: from, FAULT_TO: to };
}

function moveOf(injection: Injection, day: Day): readonly [from: string, to: string] {
  const { home, place } = day;
  if (faultKind(injection.fault).moves === 'run') {
    return [join(home, 'runs', runOf(injection, day)), join(place, 'removed')];
  }
  const other = join(place, 'other.db');
  copyFileSync(day.otherDatabase, other);
  return [other, join(home, 'multvae.db')];
}

/** Does a deed. @param injection - null to count the calls */
export async function doDeed(deed: Deed, day: Day, injection: Injection | null): Promise<Ended> {
  const { home, place, runs, newData } = day;
  const counter = join(place, 'counter');
  const serving = ['serve', '--port', '0', '--log-level', 'silent'];
  const words: Record<Deed, readonly string[]> = {
    import: ['import', newData, '--append', '--name', 'soak'],
    train: ['train', '--set', 'epochs=1', '--set', 'hiddenDims=[8]', '--heldout-users', '20'],
    evaluate: ['evaluate', '--json', join(home, 'out.json')],
    activate: ['activate', runs[1]],
    remove: ['remove', runs[1]],
    serve: serving,
    workers: [...serving, '--workers', '2', '--threads', '1'],
  };
  const variables = injection === null ? {} : variablesOf(injection, day);
  const child = spawn(process.execPath, [main, ...words[deed], '--home', home], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: faultyDisk(day.library, home, { counter, variables }),
    // A group of its own: a serving process that was stopped would outlive the one that started it.
    detached: true,
  });
  const kill = atEnd(() => killGroup(child));
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    killGroup(child);
  }, longestDeedMs);
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exited = once(child, 'exit');
  const statuses: number[] = [];
  let callsBefore: Calls = { writes: 0, loads: 0, opens: 0 };
  try {
    if (deed === 'serve' || deed === 'workers') {
      for await (const line of createInterface(child.stdout)) {
        const url = /^serving .* on (http.*)$/.exec(line)?.[1];
        if (url === undefined) continue;
        callsBefore = callsIn(counter);
        const clients = new Clients(url, day, statuses);
        if (deed === 'serve') await clients.spendDay();
        else await clients.spendDayWithWorkers(() => hasStruckIn(counter), injection);
        break;
      }
      child.kill('SIGTERM');
    }
    child.stdout.resume();
    const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
    if (hangs) throw new Error(`it did not end in ${longestDeedMs / 1000} s: ${err.slice(-400)}`);
    const calls = callsIn(counter);
    const hasStruck = hasStruckIn(counter);
    return { exit: signal ?? code, calls, hasStruck, callsBefore, statuses, err };
  } finally {
    clearTimeout(timer);
    kill();
  }
}

/** Ends a deed and every process that it started. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

/** The clients of a server. */
class Clients {
  readonly #url: string;
  readonly #day: Day;
  readonly #statuses: number[];
  #tries = 1;

  constructor(url: string, day: Day, statuses: number[]) {
    this.#url = url;
    this.#day = day;
    this.#statuses = statuses;
  }

  /** Sends what clients send in a day, until the server is gone. */
  async spendDay(): Promise<void> {
    const { runs, acknowledged } = this.#day;
    try {
      for (let k = 0; k < 8; k++) {
        const event = { key: `event-${k}`, userId: `person-${k}`, itemId: String(k), rating: 5 };
        if ((await this.#send('POST', '/feedback', event)) === 201) acknowledged.push(event.key);
        if (k === 3) await this.#send('POST', `/models/${runs[1]}/activate`);
        if (k === 5) await this.#send('GET', '/recommend/7');
      }
      await this.#send('GET', `/recommend/7?run=${runs[0]}`);
      await this.#send('GET', '/health/live');
    } catch (error) {
      // The server was killed; what it acknowledged before counts.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** The same with two processes. One that ended or was stopped must be replaced, and no client notices more than a cut. */
  async spendDayWithWorkers(hasStruck: () => boolean, injection: Injection | null): Promise<void> {
    this.#tries = 20;
    await this.spendDay();
    if (injection === null || !faultKind(injection.fault).variables.FAULT_WORKER) return;
    // A process that never took a call of the fault has nothing to be replaced.
    if (!hasStruck()) return;
    const begin = performance.now();
    while (!(await this.#isReplaced())) {
      if (performance.now() - begin > patienceMs) {
        throw new Error('the serving process was not replaced');
      }
      await delay(100);
    }
  }

  async #isReplaced(): Promise<boolean> {
    try {
      const response = await fetch(`${this.#url}/metrics`, {
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await response.text();
      return (
        /^multvae_serving_processes 2$/m.test(text) &&
        /^multvae_replaced_processes_total\S* [1-9]/m.test(text)
      );
    } catch (error) {
      // The question was with the process that was killed.
      if (error instanceof TypeError) return false;
      throw error;
    }
  }

  async #send(method: string, path: string, body?: object): Promise<number> {
    for (let tries = this.#tries; ; tries--) {
      try {
        const response = await fetch(`${this.#url}${path}`, {
          method,
          headers: { 'Content-Type': 'application/json' },
          signal: AbortSignal.timeout(patienceMs),
          ...(body && { body: JSON.stringify(body) }),
        });
        await response.arrayBuffer();
        this.#statuses.push(response.status);
        return response.status;
      } catch (error) {
        // As clients do, it repeats what was cut off, with the same key.
        if (!(error instanceof TypeError) || tries <= 1) throw error;
      }
    }
  }
}
