/** Soak test: a disk that fails, and kills, at any write of a day: import, train, serve, feedback, activate, evaluate, remove. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type BetterSqlite3 from 'better-sqlite3';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { openHome } from '../../src/index.js';
import { RandomStream } from '../../src/random.js';
import { RunStore } from '../../src/runs/store.js';
import { soakHome } from './home.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const source = fileURLToPath(new URL('./faulty-disk.c', import.meta.url));

/** What the disk does, as the variables of `faulty-disk.c`. */
const faults = {
  'full disk': { FAULT_ERRNO: '28', FAULT_STICKY: '1' },
  'half a write, then full': { FAULT_ERRNO: '28', FAULT_STICKY: '1', FAULT_PARTIAL: '1' },
  quota: { FAULT_ERRNO: '122', FAULT_STICKY: '1' },
  'read-only': { FAULT_ERRNO: '30', FAULT_STICKY: '1' },
  'broken once': { FAULT_ERRNO: '5' },
  'too many files': { FAULT_ERRNO: '24' },
  'killed there': { FAULT_ERRNO: '0' },
  'clock moved back': { FAULT_CLOCK: '-90000' },
} as const satisfies Record<string, Readonly<Record<string, string>>>;
type Fault = keyof typeof faults;

/** What the day does with a home, in turn; the quick ones more often. Each begins with the home of the morning. */
const deeds = [
  'import',
  'activate',
  'remove',
  'train',
  'import',
  'activate',
  'remove',
  'serve',
  'import',
  'activate',
  'remove',
  'evaluate',
] as const;
type Deed = (typeof deeds)[number];

/** About how many calls a deed makes that change files. The short version does not count them first. */
const usualCalls: Readonly<Record<Deed, number>> = {
  import: 150,
  train: 57,
  evaluate: 23,
  activate: 7,
  remove: 13,
  serve: 60,
};
const minToCount = 100;

/** Exit codes that the documents name for a disk that refuses; 2 where another path would help. */
const documentedExits = new Set<number | string | null>([0, 2, 3]);
const documentedStatuses = new Set([200, 201, 204, 503]);

/** The result of the faults. */
export interface FaultsOutcome {
  readonly injections: number;
  /** How often each deed was done with a fault. */
  readonly deeds: Readonly<Record<string, number>>;
  /** How the deeds ended, by exit code or signal. */
  readonly exits: Readonly<Record<string, number>>;
  /** Events of feedback that were acknowledged meanwhile. */
  readonly acknowledged: number;
  /** Everything that should not be. */
  readonly problems: readonly string[];
}

/** Why the machine cannot inject faults; null where it can. */
export function whyNoFaults(): string | null {
  if (process.platform !== 'linux') return 'faults are injected on Linux alone';
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'there is no C compiler (cc)';
  }
}

/** What a deed needs to know, and what it has found. */
interface Day {
  readonly home: string;
  readonly runs: readonly string[];
  readonly newData: string;
  readonly acknowledged: string[];
}

interface Injection {
  readonly deed: Deed;
  readonly fault: Fault;
  readonly at: number;
}

/**
 * Does the deeds of a day, each with a fault at one of its writes, and looks after each: nothing acknowledged is lost, no
 * temporary file stays, exit codes and statuses are documented ones, and the same deed works once the disk does.
 */
export async function faultsAtWrites(count: number, seed = 1): Promise<FaultsOutcome> {
  const shim = buildShim();
  const place = mkdtempSync(join(tmpdir(), 'multvae-faults-'));
  const morning = await soakHome(2);
  const newData = join(place, 'new.csv');
  writeFileSync(newData, readFileSync(join(morning.home, '..', 'ratings.csv')));
  const random = new RandomStream(seed, 'faults');
  const problems: string[] = [];
  const exits: Record<string, number> = {};
  const done: Record<string, number> = {};
  let acknowledged = 0;

  const dayOf = (name: string): Day => {
    const home = join(place, name, 'home');
    mkdirSync(join(place, name));
    cpSync(morning.home, home, { recursive: true });
    return { home, runs: morning.runs, newData, acknowledged: [] };
  };

  const writes: Partial<Record<Deed, number>> = count < minToCount ? { ...usualCalls } : {};
  for (let k = 0; k < count; k++) {
    const deed = deeds[k % deeds.length]!;
    if (writes[deed] === undefined) {
      const day = dayOf(`count-${deed}`);
      const { exit, calls } = await run(deed, day, shim, {});
      if (exit !== 0) problems.push(`${deed} without a fault ended with ${exit}`);
      writes[deed] = calls;
      process.stderr.write(`${deed}: ${calls} calls that change files\n`);
    }
    const names = Object.keys(faults) as Fault[];
    const fault = names[random.integer(names.length)]!;
    const injection = { deed, fault, at: 1 + random.integer(writes[deed]!) };
    const day = dayOf(`day-${k}`);
    const told = (problem: string) =>
      problems.push(`${fault} at call ${injection.at} of ${deed}: ${problem}`);
    const variables = { ...faults[fault], FAULT_AT: String(injection.at) };
    const { exit, statuses, err } = await run(deed, day, shim, variables);
    exits[String(exit)] = (exits[String(exit)] ?? 0) + 1;
    done[deed] = (done[deed] ?? 0) + 1;
    const isKilled = fault === 'killed there' && exit === 'SIGKILL';
    if (!isKilled && !documentedExits.has(exit)) told(`exit ${exit}: ${err.slice(-400)}`);
    for (const status of statuses) if (!documentedStatuses.has(status)) told(`status ${status}`);
    if (!isKilled) for (const name of leftovers(day.home)) told(`${name} stays`);
    acknowledged += day.acknowledged.length;
    await lookAfter(injection, day, told).catch((error: Error) => told(`then ${error.message}`));
    rmSync(join(place, `day-${k}`), { recursive: true });
  }
  rmSync(place, { recursive: true });
  morning.remove();
  return { injections: count, deeds: done, exits, acknowledged, problems };
}

/** Compiles the library into `.cache`. */
function buildShim(): string {
  const shim = resolve('.cache', 'faulty-disk.so');
  mkdirSync(resolve('.cache'), { recursive: true });
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-Wall', '-Werror', '-o', shim, source, '-ldl']);
  return shim;
}

interface Ended {
  readonly exit: number | NodeJS.Signals | null;
  /** Calls that changed files of the home. */
  readonly calls: number;
  readonly statuses: readonly number[];
  readonly err: string;
}

async function run(
  deed: Deed,
  day: Day,
  shim: string,
  variables: Readonly<Record<string, string>>,
): Promise<Ended> {
  const { home, runs, newData } = day;
  const counter = join(home, '..', 'counter');
  writeFileSync(counter, Buffer.alloc(8));
  const words: Record<Deed, readonly string[]> = {
    import: ['import', newData, '--append', '--name', 'soak'],
    train: ['train', '--set', 'epochs=1', '--set', 'hiddenDims=[8]', '--heldout-users', '20'],
    evaluate: ['evaluate', '--json', join(home, 'out.json')],
    activate: ['activate', runs[1]!],
    remove: ['remove', runs[1]!],
    serve: ['serve', '--port', '0', '--log-level', 'silent'],
  };
  const child = spawn(process.execPath, [main, ...words[deed], '--home', home], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...variables,
      LD_PRELOAD: shim,
      FAULT_UNDER: home,
      FAULT_COUNTER: counter,
    },
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exited = once(child, 'exit');
  const statuses: number[] = [];
  if (deed === 'serve') {
    for await (const line of createInterface(child.stdout)) {
      const url = /^serving .* on (http.*)$/.exec(line)?.[1];
      if (url === undefined) continue;
      await spendDay(url, day, statuses);
      break;
    }
    child.kill('SIGTERM');
  }
  child.stdout.resume();
  const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
  const calls = Number(readFileSync(counter).readBigInt64LE());
  return { exit: signal ?? code, calls, statuses, err };
}

/** Sends what clients send in a day, until the server is gone. */
async function spendDay(
  url: string,
  { runs, acknowledged }: Day,
  statuses: number[],
): Promise<void> {
  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    statuses.push(response.status);
    return response.status;
  };
  try {
    for (let k = 0; k < 8; k++) {
      const event = { key: `event-${k}`, userId: `person-${k}`, itemId: String(k), rating: 5 };
      if ((await send('POST', '/feedback', event)) === 201) acknowledged.push(event.key);
      if (k === 3) await send('POST', `/models/${runs[1]}/activate`);
      if (k === 5) await send('GET', '/recommend/7');
    }
    await send('GET', '/health/live');
  } catch (error) {
    // The server was killed; what it acknowledged before counts.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** What should not stay once a command has ended by itself, or the next one has. */
function leftovers(home: string): string[] {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.tmp$|\.importing$|\.partial$|\.unpacking$/.test(name));
}

/** Looks at the home, and does the same deed with a disk that works. */
async function lookAfter(
  { deed }: Injection,
  { home, runs, newData, acknowledged }: Day,
  told: (problem: string) => void,
): Promise<void> {
  const db = new Sqlite(join(home, 'multvae.db'));
  const integrity = db.pragma('integrity_check', { simple: true });
  const keys = new Set(db.prepare('SELECT key FROM feedback').pluck().all());
  const ratings = db.prepare('SELECT ratings FROM dataset').pluck().get();
  db.close();
  if (integrity !== 'ok') told(`the database: ${integrity}`);
  for (const key of acknowledged) if (!keys.has(key)) told(`the acknowledged ${key} is lost`);
  if (typeof ratings !== 'number' || ratings === 0) told('the data are gone');
  const store = new RunStore(home);
  const active = store.active();
  if (active === null || !runs.includes(active)) {
    if (deed !== 'train' || active === null) told(`${active} is active`);
  }
  store.load(active ?? runs[0]!);
  const opened = await openHome(home);
  switch (deed) {
    case 'import':
      await opened.import(newData, { append: true, name: 'soak' });
      break;
    case 'train':
      await opened.train({ model: 'popularity', heldoutUsers: 20 });
      break;
    case 'evaluate':
      await opened.evaluate();
      break;
    case 'activate':
      await opened.activate(runs[1]!);
      break;
    case 'remove':
      if (existsSync(join(home, 'runs', runs[1]!)) || store.pending().includes(runs[1]!)) {
        await opened.remove(runs[1]!);
      }
      break;
    case 'serve': {
      const database = RatingsDatabase.open(home);
      database.confirm();
      database.close();
      await opened.activate(runs[0]!);
      break;
    }
  }
  for (const name of leftovers(home)) told(`${name} stays after the next command`);
}
