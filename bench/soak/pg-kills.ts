/** Soak test: an import into PostgreSQL that is killed at random moments, while feedback is stored. */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FeedbackEvent } from '../../src/data/feedback.js';
import type { ItemId, UserId } from '../../src/data/ids.js';
import { openStore } from '../../src/data/store/open.js';
import type { Store } from '../../src/data/store/store.js';
import { MultvaeError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { startPostgres } from '../../test/fixtures/postgres.js';
import { importMade } from './pg-importer.js';

const importer = fileURLToPath(new URL('pg-importer.ts', import.meta.url));

/** The result of the kills. */
export interface PgKillsOutcome {
  /** Imports that were begun. */
  readonly imports: number;
  /** Those that the kill ended. */
  readonly killed: number;
  /** After a kill: the data of before, the data of the import, or neither. */
  readonly old: number;
  readonly whole: number;
  readonly torn: number;
  /** Events that were acknowledged meanwhile, and those of them that are not stored. */
  readonly acknowledged: number;
  readonly lost: number;
  /** Requests with events that were told to come back later. */
  readonly busy: number;
}

/** Kills an import `count` times. @param users - of each import, with 100 ratings each */
export async function pgKills(count: number, users = 3000): Promise<PgKillsOutcome> {
  const server = await startPostgres({ fsync: true });
  const url = server.newSchema();
  const store = await openStore({ folder: '.', store: url }, { create: true });
  try {
    await importMade(store, 1, users);
    const began = performance.now();
    await importMade(store, 2, users);
    const durationMs = performance.now() - began;
    const random = new RandomStream(3, 'pg-kills');
    const feedback = new FeedbackStream(store);
    const outcome = { imports: 0, killed: 0, old: 0, whole: 0, torn: 0 };
    for (let k = 0; k < count; k++) {
      const before = await stateOf(store);
      const seed = before.dataHash.endsWith('1') ? 2 : 1;
      outcome.imports++;
      // Another process is slower than this one. The first is killed at once, so at least one is on any machine.
      const moment = k === 0 ? 0 : ((k + random.float()) / count) * 2 * durationMs;
      if (await killAfter([url, String(seed), String(users)], moment)) outcome.killed++;
      const after = await stateOf(store);
      if (JSON.stringify(after) === JSON.stringify(before)) outcome.old++;
      else if (after.dataHash.endsWith(String(seed)) && after.users === users) outcome.whole++;
      else outcome.torn++;
    }
    // What was torn would show here at the latest.
    const { acknowledged, busy } = await feedback.stop();
    await importMade(store, 1, users);
    await store.check();
    const stored = await store.importCounts();
    const again = await store.feedback.store(acknowledged);
    const lost = again.filter((status) => status === 'stored').length;
    const double = stored.feedback - acknowledged.length;
    return {
      ...outcome,
      acknowledged: acknowledged.length,
      lost: lost + Math.max(0, double),
      busy,
    };
  } finally {
    await store.close();
    await server.stop();
  }
}

/** Stores events, one request after another. */
class FeedbackStream {
  readonly #store: Store;
  readonly #acknowledged: FeedbackEvent[] = [];
  readonly #running: Promise<void>;
  #busy = 0;
  #isStopped = false;

  constructor(store: Store) {
    this.#store = store;
    this.#running = this.#run();
  }

  async stop(): Promise<{ acknowledged: readonly FeedbackEvent[]; busy: number }> {
    this.#isStopped = true;
    await this.#running;
    return { acknowledged: this.#acknowledged, busy: this.#busy };
  }

  async #run(): Promise<void> {
    for (let k = 0; !this.#isStopped; k++) {
      const event = {
        key: `event-${k}`,
        userId: `user-1-${k % 50}` as UserId,
        itemId: `item-${k % 70}` as ItemId,
        rating: 5,
        timestamp: k,
      };
      try {
        await this.#store.feedback.store([event]);
        this.#acknowledged.push(event);
      } catch (error) {
        if (!(error instanceof MultvaeError)) throw error;
        this.#busy++;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Everything that an import changes. */
async function stateOf(store: Store) {
  const { dataHash, users, ratings, importedAt } = (await store.dataset())!;
  const { clicks, positions, userIds, itemIds } = await store.labelledClicks(null, 1);
  const hash = createHash('sha256');
  for (const part of [clicks.offsets, clicks.items, positions]) {
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  hash.update(JSON.stringify([userIds, itemIds]));
  return { dataHash, users, ratings, importedAt, clicks: hash.digest('hex') };
}

/** Starts an import, and kills it some time after it begins. Gives whether that ended it. */
async function killAfter(words: readonly string[], delayMs: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', 'tsx', importer, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
  const [, signal] = await closed;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}
