/** What a home must be like after a fault, and the same deed with a disk that works. */

import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { RatingsDatabase } from '../../../src/data/store/sqlite/ratings-database.js';
import { openHome } from '../../../src/index.js';
import { RunStore } from '../../../src/runs/store.js';
import { type Day, runOf } from './day.js';
import { faultKind, type Injection } from './injection.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

/** What should not stay once a command has ended by itself, or the next one has. */
export function leftovers(home: string): string[] {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.tmp$|\.importing$|\.partial$|\.unpacking$/.test(name));
}

/** Looks at the home, and does the same deed with a disk that works. */
export async function lookAfter(
  injection: Injection,
  day: Day,
  told: (problem: string) => void,
): Promise<void> {
  const { home, acknowledged } = day;
  const keys = new Set(feedbackIn(join(home, 'multvae.db'), told));
  if (faultKind(injection.fault).moves === 'database') {
    for (const key of feedbackIn(day.formerDatabase, told)) keys.add(key);
  }
  for (const key of acknowledged) if (!keys.has(key)) told(`the acknowledged ${key} is lost`);
  const run = checkRuns(injection, day, told);
  await repeat(injection, day, run);
  for (const name of leftovers(home)) told(`${name} stays after the next command`);
}

/** The keys of the feedback in a database, which must be whole. */
function feedbackIn(path: string, told: (problem: string) => void): unknown[] {
  const db = new Sqlite(path);
  const integrity = db.pragma('integrity_check', { simple: true });
  const ratings = db.prepare('SELECT ratings FROM dataset').pluck().get();
  const keys = db.prepare('SELECT key FROM feedback').pluck().all();
  db.close();
  if (integrity !== 'ok') told(`${path}: ${integrity}`);
  if (typeof ratings !== 'number' || ratings === 0) told(`the data of ${path} are gone`);
  return keys;
}

/** Looks at the active run. @returns a run that is there */
function checkRuns(injection: Injection, day: Day, told: (problem: string) => void): string {
  const { home, runs } = day;
  const store = new RunStore(home);
  const active = store.active();
  const isMoved =
    faultKind(injection.fault).moves === 'run' &&
    active !== null &&
    !existsSync(join(home, 'runs', active));
  if (isMoved) {
    // Nobody but its remover knows; another run can take its place.
    if (active !== runOf(injection, day)) told(`${active} is active and gone`);
    const left = runs.find((run) => run !== active)!;
    store.load(left);
    return left;
  }
  if (active === null || (!runs.includes(active) && injection.deed !== 'train')) {
    told(`${active} is active`);
  }
  store.load(active ?? runs[0]);
  return active ?? runs[0];
}

/** The same deed, or the next one where the fault took away what it needs. @param run - a run that is there */
async function repeat({ deed }: Injection, day: Day, run: string): Promise<void> {
  const { home, runs, newData } = day;
  const opened = await openHome(home);
  const store = new RunStore(home);
  const isThere = existsSync(join(home, 'runs', runs[1]));
  switch (deed) {
    case 'import':
      await opened.import(newData, { append: true, name: 'soak' });
      break;
    case 'train':
      await opened.train({ model: 'popularity', heldoutUsers: 20 });
      break;
    case 'evaluate':
      await opened.activate(run);
      await opened.evaluate();
      break;
    case 'activate':
      await opened.activate(isThere ? runs[1] : run);
      break;
    case 'remove':
      if (isThere || store.pending().includes(runs[1])) await opened.remove(runs[1]);
      break;
    case 'serve':
    case 'workers': {
      const database = RatingsDatabase.open(home);
      database.confirm();
      database.close();
      await opened.activate(run);
      break;
    }
  }
}
