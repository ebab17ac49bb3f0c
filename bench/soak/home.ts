/** The small home that soak tests serve. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/parse.js';
import { importRatings } from '../../src/data/import.js';
import { strongGeneralization } from '../../src/data/split/users.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { multVaeArchitecture } from '../../src/model/autoencoder/mult-vae.js';
import { initialWeights } from '../../src/model/autoencoder/weights.js';
import { RunStore } from '../../src/runs/store.js';
import { atEnd, removeFolder } from './cleanup.js';

export const users = 200;
const items = 120;
const clicks = 24;
const genres = ['Drama', 'War', 'Comedy'];
const protocol = { ratingThreshold: 3.5, minClicks: 5, splitSeed: 98765, heldoutUsers: 20 };

interface SoakHome {
  readonly home: string;
  readonly runs: readonly string[];
  /** Also called at the end by `cleanUp`, or when a signal ends the process. */
  readonly remove: () => void;
}

/** Makes a home of a few thousand ratings with untrained Mult-VAEs. The first one is active. */
export async function soakHome(runCount: number): Promise<SoakHome> {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-soak-'));
  const remove = atEnd(() => removeFolder(folder));
  const home = join(folder, 'home');
  const ratings = ['userId,movieId,rating,timestamp'];
  for (let u = 0; u < users; u++) {
    for (let k = 0; k < clicks; k++) {
      ratings.push(`${u},${(u * 7 + k * 5) % items},${k < 20 ? 5 : 2},${1_000_000_000 + k}`);
    }
  }
  writeFileSync(join(folder, 'ratings.csv'), `${ratings.join('\n')}\n`);
  const titles = Array.from(
    { length: items },
    (_, item) => `${item},Film Number ${item} (${1950 + (item % 70)}),${genres[item % 3]}`,
  );
  writeFileSync(join(folder, 'movies.csv'), `movieId,title,genres\n${titles.join('\n')}\n`);
  await importRatings(home, folder, { name: 'soak' });
  const store = new RunStore(home);
  const runs = Array.from({ length: runCount }, (_, seed) => publish(home, store, seed));
  store.activate(runs[0]!);
  return { home, runs, remove };
}

function publish(home: string, store: RunStore, seed: number): string {
  const database = RatingsDatabase.open(home);
  const labelled = database.labelledClicks(protocol.ratingThreshold, protocol.minClicks);
  const { dataHash, name } = database.dataset()!;
  database.close();
  const split = strongGeneralization(labelled, protocol);
  const config = parseConfig('mult-vae', { hiddenDims: [32], latentDim: 8, seed });
  const id = store.newRunId('mult-vae');
  store.publish(id, {
    config,
    protocol,
    metrics: {},
    log: [],
    weights: initialWeights(multVaeArchitecture(config, split.vocabulary.length), seed),
    vocabulary: { items: split.vocabulary, trainClicks: split.train.columnCounts() },
    split: { validation: split.validation, test: split.test },
    lineage: {
      dataHash,
      dataName: name,
      packageVersion: '0',
      nodeVersion: process.version,
      backend: 'none',
      seed,
      durationS: 0,
      command: ['soak'],
      createdAt: new Date().toISOString(),
    },
  });
  return id;
}
