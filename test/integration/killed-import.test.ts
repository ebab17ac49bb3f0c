/** An import that is killed loses nothing. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importRatings } from '../../src/data/import.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { RandomStream } from '../../src/random.js';

const kills = 15;
const script = fileURLToPath(new URL('../fixtures/import-until-killed.mjs', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-killed-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function ratingsFile(name: string, users: number, seed: number): string {
  const random = new RandomStream(seed, 'killed-import');
  const lines = ['userId,movieId,rating'];
  for (let user = 1; user <= users; user++) {
    for (let k = 0; k < 100; k++) {
      lines.push(`${user},${1 + random.integer(3000)},${1 + random.integer(5)}`);
    }
  }
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

function stateOf(home: string) {
  const database = RatingsDatabase.open(home);
  try {
    const { dataHash, ratings, users } = database.dataset()!;
    const { clicks, positions } = database.labelledClicks(null, 1);
    const positionSum = positions.reduce((sum, position) => sum + position, 0);
    return { dataHash, ratings, users, clicks: clicks.clicks, rows: clicks.rows, positionSum };
  } finally {
    database.close();
  }
}

/** Imports in a process of its own. Returns how long that takes from its beginning. */
async function importApart(home: string, source: string): Promise<number> {
  const child = spawn(process.execPath, [script, home, source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const begin = performance.now();
  expect(await closed).toEqual([0, null]);
  return performance.now() - begin;
}

/** Starts the import and kills it `delayMs` after it begins. Returns whether that ended it. */
async function killAfter(home: string, source: string, delayMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [script, home, source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
  const [, signal] = await closed;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

it(`leaves the old data or all of the new data when it is killed, at ${kills} moments`, async () => {
  const start = join(folder, 'start');
  await importRatings(start, ratingsFile('old.csv', 500, 1));
  const source = ratingsFile('new.csv', 3000, 2);
  const done = join(folder, 'done');
  cpSync(start, done, { recursive: true });
  const durationMs = await importApart(done, source);
  const before = stateOf(start);
  const after = stateOf(done);
  expect(after).not.toEqual(before);
  const random = new RandomStream(3, 'moments');
  let killed = 0;
  for (let k = 0; k < kills; k++) {
    const home = join(folder, `home-${k}`);
    cpSync(start, home, { recursive: true });
    const moment = ((k + random.float()) / kills) * durationMs;
    if (await killAfter(home, source, moment)) killed++;
    const state = stateOf(home);
    expect([before, after]).toContainEqual(state);
    // Leftovers do not disturb the next import.
    if (k % 7 === 0) {
      await importRatings(home, source, { replace: true });
      expect(stateOf(home)).toEqual(after);
    }
    rmSync(home, { recursive: true });
  }
  // The first is killed in its first moments, on any machine.
  expect(killed).toBeGreaterThan(0);
}, 900_000);
