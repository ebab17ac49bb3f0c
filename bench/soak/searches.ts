/** Soak test: a shared search whose workers are killed at random. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MultVaeConfig } from '../../src/config/models.js';
import { importRatings } from '../../src/data/import.js';
import { openHome } from '../../src/home/place/open-home.js';
import { type TuningSearch, tuningStatus } from '../../src/home/tuning/status.js';
import { RandomStream } from '../../src/random.js';
import { checkerboard } from '../../test/fixtures/checkerboard.js';
import { postgresMissing, startPostgres } from '../../test/fixtures/postgres.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const workerCount = 4;
/** Two workers share a home, so that a training may go on from the checkpoint of a killed one; the others begin it anew. */
const homeCount = 3;
const trials = 18;
const users = 400;
const settings = { epochs: 360, hiddenDims: [32], latentDim: 8, batchSize: 50 };
/** Until a killed worker's training is handed on. */
const lease = '2s';

/** The result of the killed search. */
export interface SearchesOutcome {
  readonly kills: number;
  readonly workers: number;
  /** Trials that were asked for. */
  readonly trials: number;
  /** Trials that have a result. */
  readonly finished: number;
  /** Trainings with a result, promoted trials included. */
  readonly results: number;
  /** Results of a training that has one already. */
  readonly double: number;
  /** Results that differ from what their configuration gives alone. */
  readonly wrong: number;
  /** Kills that hit a worker within a training. */
  readonly withinTraining: number;
  /** Trainings that another worker took over. */
  readonly takenOver: number;
  /** Workers that ended otherwise than by a kill or with the whole search. */
  readonly badExits: number;
}

interface Worker {
  readonly home: string;
  readonly process: ChildProcess;
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
}

/** Kills one of four workers at a random moment, again and again, and puts another one in its place. */
export async function searches(
  kills: number,
  seed = 1,
): Promise<SearchesOutcome | { readonly skipped: string }> {
  const missing = postgresMissing();
  if (missing !== null) return { skipped: missing };
  const folder = mkdtempSync(join(tmpdir(), 'multvae-soak-searches-'));
  const server = await startPostgres();
  const workers: Worker[] = [];
  try {
    const store = server.newSchema();
    const place = { folder: join(folder, 'home-0'), store };
    const ratings = writeRatings(folder);
    await importRatings(place, ratings, { name: 'soak' });
    const random = new RandomStream(seed, 'searches');
    let errors = '';
    const start = (home: string) => {
      const worker = startWorker(home, store, (text) => {
        errors += text;
      });
      workers.push(worker);
      return worker;
    };
    const alive = Array.from({ length: workerCount }, (_, k) =>
      start(join(folder, `home-${k % homeCount}`)),
    );
    const now = async (): Promise<TuningSearch | undefined> => (await tuningStatus(place))[0];
    let withinTraining = 0;
    for (let kill = 0; kill < kills; kill++) {
      // Waits for trainings instead of time, so that on any machine there is work to lose.
      const before = (await now())?.results.length ?? 0;
      const more = random.integer(3);
      let search = await now();
      while (
        search === undefined ||
        search.running.length < 2 ||
        search.results.length < before + more
      ) {
        if (search !== undefined && search.results.length > 0 && search.running.length === 0) break;
        await delay(20);
        search = await now();
      }
      await delay(random.integer(400));
      const place = random.integer(workerCount);
      const victim = alive[place]!;
      const { pid } = victim.process;
      const holds = (await now())?.running.some(
        ({ worker, leaseS }) => leaseS > 0 && search?.workers[worker ?? -1]?.pid === pid,
      );
      if (holds) withinTraining++;
      victim.process.kill('SIGKILL');
      await victim.exited;
      alive[place] = start(victim.home);
    }
    const exits = await Promise.all(alive.map(({ exited }) => exited));
    const search = await now();
    const results = search?.results ?? [];
    const names = new Set(results.map(({ trial, rung }) => `${trial} ${rung}`));
    const outcome = {
      kills,
      workers: workerCount,
      trials,
      finished: new Set(results.map(({ trial }) => trial)).size,
      results: results.length,
      double: results.length - names.size,
      wrong: await wrongResults(results, { folder, ratings }),
      withinTraining,
      takenOver: errors.match(/takes trial \d+ over/g)?.length ?? 0,
      badExits: exits.filter(([code]) => code !== 0).length,
    };
    if (outcome.badExits > 0) process.stderr.write(errors);
    return outcome;
  } finally {
    for (const worker of workers) worker.process.kill('SIGKILL');
    await Promise.all(workers.map(({ exited }) => exited));
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

function startWorker(home: string, store: string, onError: (text: string) => void): Worker {
  const words = [main, 'tune', '--home', home, '--trials', String(trials), '--lease', lease];
  const set = Object.entries(settings).flatMap(([name, value]) => [
    '--set',
    `${name}=${JSON.stringify(value)}`,
  ]);
  const child = spawn(
    process.execPath,
    [...words, '--set', 'patience=0', '--threads', '1', ...set],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, MULTVAE_STORE: store },
    },
  );
  child.stderr.setEncoding('utf8').on('data', onError);
  return { home, process: child, exited: once(child, 'close') as Worker['exited'] };
}

/** How many results differ from those of one process that trains their configurations, with SQLite and no search. */
async function wrongResults(
  results: TuningSearch['results'],
  { folder, ratings }: { readonly folder: string; readonly ratings: string },
): Promise<number> {
  const home = await openHome(join(folder, 'alone'), { create: true });
  try {
    await home.import(ratings, { name: 'soak' });
    let wrong = 0;
    for (const { config, score } of results) {
      const { model, ...parameters } = config as MultVaeConfig;
      const { metrics } = await home.train({ model, parameters, activate: false });
      if (metrics['ndcg@100'] !== score) wrong++;
    }
    return wrong;
  } finally {
    await home.close();
  }
}

function writeRatings(folder: string): string {
  const clicks = checkerboard(users, 60, 12, 1);
  const lines = ['userId,movieId,rating'];
  for (let user = 0; user < users; user++) {
    for (const item of clicks.row(user)) lines.push(`${user},m${item},5`);
  }
  const path = join(folder, 'ratings.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
