/** Every store ranks the same titles in the same order as SQLite does, whose search is the definition. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ItemQuestion } from '../../../src/data/store/catalogue.js';
import { openStore } from '../../../src/data/store/open.js';
import type { Store } from '../../../src/data/store/store.js';
import { RandomStream } from '../../../src/random.js';
import { type StoreServer, storeKinds } from '../../fixtures/stores.js';

const words =
  'the The of Amélie amelia matrix Matrix sci-fi ha-ha ha Ha-Ha-Ha 1999 (2001) 100% война ВОЙНА Straße 千と千尋 神隠し 神 ドラゴンボールZ ลุงบุญมี A a b on one once rock’n’roll Σίσυφος OR NEAR "x" x_y Åse o und Zürich';
const queries =
  'amel|AMÉLIE|matrix|the matr|sci-fi|sci fi|sci-f|ha-ha|Ha-Ha|ha|h|a|a a|一|神|神隠し|千尋 神隠し|神隠し(2001|ボールz|войн|straße|STRASSE|t1|t|100%|σισ|σίσ|ΣΊΣΥΦΟΣ|ase|å|x_|x y|OR|on the|บุญ|zur 2001||  |"';
const orders = [undefined, 'match', 'popular', 'newest', 'title'] as const;

/** Titles of one to six words, some of which run together; some items have none. */
function titles(): Map<string, { title: string | null; available: boolean }> {
  const random = new RandomStream(7, 'titles');
  const list = words.split(' ');
  const item = () => {
    const count = 1 + random.integer(6);
    const joint = random.float() < 0.8 ? ' ' : '';
    // The first words are the most frequent.
    const picked = () => list[Math.floor(random.float() * random.float() * list.length)]!;
    const title = Array.from({ length: count }, picked).join(joint);
    return { title: random.float() < 0.05 ? null : title, available: random.float() < 0.9 };
  };
  return new Map(Array.from({ length: 600 }, (_, k) => [`t${k}`, item()]));
}

async function filled(store: Store): Promise<void> {
  await store.items.write(titles());
  for (let k = 0; k < 30; k++) await store.items.delete(`t${k * 17}`);
  const random = new RandomStream(8, 'events');
  const events = Array.from({ length: 900 }, (_, k) => ({
    key: `k${k}`,
    userId: `u${random.integer(60)}`,
    itemId: `t${Math.floor(random.float() * random.float() * 600)}`,
    rating: null,
    timestamp: null,
  }));
  await store.feedback.store(events as never);
}

describe.each(storeKinds.slice(1))('the search of $name', ({ missing, start }) => {
  if (missing !== null) return it.skip(missing);
  let server: StoreServer;
  let folder: string;
  let store: Store;
  let sqlite: Store;

  beforeAll(async () => {
    server = await start();
    folder = mkdtempSync(join(tmpdir(), 'multvae-search-'));
    store = await openStore(server.newPlace(join(folder, 'home')), { create: true });
    sqlite = await openStore({ folder: join(folder, 'sqlite'), store: null }, { create: true });
    await filled(sqlite);
    await filled(store);
  });
  afterAll(async () => {
    await store.close();
    await sqlite.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it.each(queries.split('|'))('ranks %j as SQLite', async (query) => {
    const found = async (from: Store, question: ItemQuestion) =>
      (await from.listItems(question)).map(({ itemId, title, clicks }) => [itemId, title, clicks]);
    for (const sort of orders) {
      for (const [unavailable, n, offset] of [
        [false, 25, 0],
        [true, 7, 5],
      ] as const) {
        const question = { query, sort, unavailable, n, offset };
        expect(await found(store, question), JSON.stringify(question)).toEqual(
          await found(sqlite, question),
        );
      }
    }
  });
});
