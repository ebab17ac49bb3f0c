/** A process that imports made-up ratings into a store until it is killed: pg-importer.ts STORE SEED USERS */

import { fileURLToPath } from 'node:url';
import { RatingList } from '../../src/data/files/rating-list.js';
import { openStore } from '../../src/data/store/open.js';
import type { Store } from '../../src/data/store/store.js';
import { RandomStream } from '../../src/random.js';

const items = 3000;
const rowsOfUser = 100;
const usersAtOnce = 100;

/** Replaces the ratings of a store by those of a seed; its hash is the seed. */
export async function importMade(store: Store, seed: number, users: number): Promise<void> {
  const random = new RandomStream(seed, 'pg-importer');
  const isEmpty = (await store.dataset()) === null;
  const writer = await store.write(isEmpty ? 'new' : 'replace');
  try {
    for (let first = 0; first < users; first += usersAtOnce) {
      const list = new RatingList();
      for (let user = first; user < Math.min(users, first + usersAtOnce); user++) {
        const index = writer.users.indexOf(`user-${seed}-${user}`);
        for (let row = 0; row < rowsOfUser; row++) {
          const item = writer.items.indexOf(`item-${random.integer(items)}`);
          list.push(index, item, 1 + random.integer(5), row);
        }
      }
      await writer.addRatings(list);
    }
    await writer.storeItems();
    await writer.commit({
      name: 'made',
      dataHash: seed.toString(16).padStart(64, '0'),
      scale: { low: 1, high: 5 },
      files: [],
      dropFeedback: false,
    });
  } finally {
    await writer.rollback();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url, seed, users] = process.argv.slice(2);
  const store = await openStore({ folder: '.', store: url! });
  process.stdout.write('begin');
  await importMade(store, Number(seed), Number(users));
  await store.close();
}
