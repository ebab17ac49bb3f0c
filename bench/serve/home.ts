/** The home that the serving benchmark serves. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/parse.js';
import { paperProtocol } from '../../src/config/protocol.js';
import { importRatings } from '../../src/data/import.js';
import { trainRun } from '../../src/home/training.js';
import { RunStore } from '../../src/runs/store.js';
import { movieLensLike } from '../data/movielens-like.js';

export const users = 10_000;
export const items = 20_108;
/** Each item gets so many clicks of different users in addition, so that the model knows every item. */
const extraClicks = 3;
const genres = ['Action', 'Comedy', 'Drama', 'Horror', 'Romance', 'Thriller', 'War'];

/**
 * Makes the home, unless it exists: users 0 to 9999 with about 73 clicks each, 20,108 items with titles, and an active
 * Mult-VAE of the paper's architecture, trained for one epoch.
 */
export async function prepareHome(home: string): Promise<void> {
  const store = new RunStore(home);
  if (existsSync(join(home, 'multvae.db')) && store.active() !== null) return;
  const folder = mkdtempSync(join(tmpdir(), 'multvae-bench-'));
  try {
    await writeData(folder);
    await importRatings(home, folder, { name: 'bench' });
  } finally {
    rmSync(folder, { recursive: true });
  }
  const { ratingThreshold, ...protocol } = { ...paperProtocol, heldoutUsers: 50 };
  const { runId } = await trainRun({
    home,
    command: ['bench', 'serve'],
    config: parseConfig('mult-vae', { epochs: 1 }),
    protocol: { ...protocol, threshold: ratingThreshold },
  });
  store.activate(runId);
}

async function writeData(folder: string): Promise<void> {
  const clicks = movieLensLike(users, items, 73 - (extraClicks * items) / users);
  const own = Array.from({ length: users }, (_, u) => new Set(clicks.row(u)));
  for (let item = 0; item < items; item++) {
    for (let k = 0; k < extraClicks; k++) own[(item * 7919 + k * 3571) % users]!.add(item);
  }
  const ratings = await open(join(folder, 'ratings.csv'), 'w');
  await ratings.write('userId,movieId,rating,timestamp\n');
  for (const [user, row] of own.entries()) {
    const lines = Array.from(row, (item) => `${user},${item + 1},5,${1_000_000_000 + user}\n`);
    await ratings.write(lines.join(''));
  }
  await ratings.close();
  const titles = await open(join(folder, 'movies.csv'), 'w');
  const lines = Array.from({ length: items }, (_, item) => {
    const two = [genres[item % 7], genres[(item * 3 + 1) % 7]].join('|');
    return `${item + 1},A Film of Number ${item + 1} (${1950 + (item % 70)}),${two}\n`;
  });
  await titles.write(`movieId,title,genres\n${lines.join('')}`);
  await titles.close();
}
