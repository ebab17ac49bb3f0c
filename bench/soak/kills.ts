/** Soak test: a server killed while it stores feedback and items. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { RandomStream } from '../../src/random.js';
import { soakHome, users } from './home.js';
import { startServer } from './server.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
const writers = 16;
const itemWriters = 4;
/** In every list of items. */
const itemsAtOnce = 50;

interface Sent {
  readonly key: string;
  readonly userId: string;
  readonly itemId: string;
  readonly rating: number;
}

interface SentItem {
  readonly itemId: string;
  readonly title: string;
  readonly price: number;
}

/** The result of the kills. */
export interface KillsOutcome {
  readonly kills: number;
  /** Events that the server acknowledged. */
  readonly acknowledged: number;
  /** Acknowledged events that the database lacks or has with other values. */
  readonly lost: number;
  /** Rows whose key the database has more than once. */
  readonly double: number;
  /** Items that the server acknowledged, one or a list at a time. */
  readonly items: number;
  /** Acknowledged items that the database or its search lacks, or has with other values. */
  readonly lostItems: number;
  /** Lists of items of which the database has a part. */
  readonly halfLists: number;
  /** Answers other than 200 and 201. */
  readonly refused: number;
  readonly integrity: string;
}

/**
 * Kills a server repeatedly while clients send feedback and items. Like real clients, they repeat unanswered events with
 * the same keys after the restart.
 */
export async function kills(count: number, seed = 1): Promise<KillsOutcome> {
  const { home, remove } = await soakHome(1);
  const random = new RandomStream(seed, 'kills');
  const acknowledged = new Map<string, Sent>();
  let unanswered: Sent[][] = [];
  let refused = 0;
  let made = 0;

  const batch = (): Sent[] =>
    Array.from({ length: made % 4 === 0 ? 5 : 1 }, () => ({
      key: `event-${made++}`,
      userId: String(random.integer(users + 20)),
      itemId: String(random.integer(200)),
      rating: 1 + random.integer(5),
    }));
  const write = async (url: string, isAlive: () => boolean) => {
    while (isAlive()) {
      const events = unanswered.pop() ?? batch();
      try {
        const response = await fetch(`${url}/feedback`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ events }),
        });
        await response.json();
        if (response.status !== 201) refused++;
        else for (const event of events) acknowledged.set(event.key, event);
      } catch {
        unanswered = [...unanswered, events];
        return;
      }
    }
  };

  const items = new Map<string, SentItem>();
  let lists = 0;
  const writeItems = async (url: string, isAlive: () => boolean) => {
    while (isAlive()) {
      const list = lists++;
      const sent = Array.from({ length: list % 2 === 0 ? itemsAtOnce : 1 }, (_, k) => ({
        itemId: `list-${list}-${k}`,
        title: `Title ${list} word${list}x${k}`,
        price: random.integer(1000),
      }));
      const { itemId, ...first } = sent[0]!;
      const isOne = sent.length === 1;
      try {
        const response = await fetch(isOne ? `${url}/items/${itemId}` : `${url}/items`, {
          method: isOne ? 'PUT' : 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(isOne ? first : sent),
        });
        await response.json();
        if (response.ok) for (const item of sent) items.set(item.itemId, item);
        else refused++;
      } catch {
        return;
      }
    }
  };

  for (let kill = 0; kill < count; kill++) {
    const server = await startServer(home);
    let alive = true;
    const writing = [
      ...Array.from({ length: writers }, () => write(server.url, () => alive)),
      ...Array.from({ length: itemWriters }, () => writeItems(server.url, () => alive)),
    ];
    // Waits for answers instead of time, so that even on a busy machine the server has work to lose.
    const enough = acknowledged.size + 1 + random.integer(30);
    const enoughItems = items.size + 1 + random.integer(itemsAtOnce);
    const isEnough = () => acknowledged.size >= enough && items.size >= enoughItems;
    while (!isEnough() && server.process.exitCode === null) await delay(1);
    server.process.kill('SIGKILL');
    alive = false;
    await Promise.all([...writing, server.exited]);
  }

  const db = new Sqlite(join(home, 'multvae.db'));
  const rows = db.prepare('SELECT key, user_id, item_id, rating FROM feedback').all() as {
    key: string;
    user_id: string;
    item_id: string;
    rating: number;
  }[];
  const integrity = db.pragma('integrity_check', { simple: true }) as string;
  // The search index has the names of all items, and no other; else this throws.
  db.exec("INSERT INTO item_search (item_search, rank) VALUES ('integrity-check', 1)");
  const { lostItems, halfLists } = lostOf(db, items);
  db.close();
  remove();
  const stored = new Map(rows.map((row) => [row.key, row]));
  const lost = [...acknowledged.values()].filter(({ key, userId, itemId, rating }) => {
    const row = stored.get(key);
    return row?.user_id !== userId || row.item_id !== itemId || row.rating !== rating;
  });
  return {
    kills: count,
    acknowledged: acknowledged.size,
    lost: lost.length,
    double: rows.length - stored.size,
    items: items.size,
    lostItems,
    halfLists,
    refused,
    integrity,
  };
}

/** Which of the acknowledged items are not there, and how many lists are there in part. */
function lostOf(db: BetterSqlite3.Database, items: ReadonlyMap<string, SentItem>) {
  const row = db.prepare(
    `SELECT title, fields ->> 'price' AS price FROM items
     JOIN item_search ON item_search.rowid = items.item_index
     WHERE items.id = ? AND item_search MATCH ?`,
  );
  const lost = [...items.values()].filter(({ itemId, title, price }) => {
    const stored = row.get(itemId, title.split(' ').at(-1)) as Partial<SentItem> | undefined;
    return stored?.title !== title || stored.price !== price;
  });
  const counts = db
    .prepare(
      "SELECT count(*) FROM items WHERE id LIKE 'list-%' GROUP BY substr(id, 6, instr(substr(id, 6), '-') - 1)",
    )
    .pluck()
    .all() as number[];
  const isWhole = (count: number) => count === 1 || count === itemsAtOnce;
  return {
    lostItems: lost.length,
    halfLists: counts.filter((count) => !isWhole(count)).length,
  };
}
