/** What requests and probes are told when the database is gone, replaced or damaged. */

import {
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import type { Express } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { importRatings } from '../../data/import.js';
import { homePlace } from '../../data/store/place.js';
import { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { SqliteStore } from '../../data/store/sqlite/sqlite-store.js';
import { Popularity } from '../../model/popularity.js';
import type { ServedModel, ServedModels } from '../../serving/served-models.js';
import { createApp } from '../app.js';
import { createLogger } from '../request-log.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

let home: string;
let path: string;
let database: RatingsDatabase;
let store: SqliteStore;
let app: Express;
let lag: { run: string; problem: string } | null;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'multvae-health-'));
  path = join(home, 'multvae.db');
  await importCsv(home, 'userId,movieId,rating\nu,a,5\nu,b,2\nv,a,4\n');
  database = RatingsDatabase.open(home);
  store = new SqliteStore(homePlace(home));
  lag = null;
  const trainClicks = Int32Array.of(2, 1);
  const { dataHash } = database.dataset()!;
  const run = {
    id: 'r',
    protocol: paperProtocol,
    vocabulary: { items: ['a', 'b'], trainClicks },
    lineage: { dataHash, dataName: 'plays' },
  };
  const model = { run, recommender: new Popularity(trainClicks) } as unknown as ServedModel;
  const models = {
    active: () => model,
    lag: () => lag,
    withModel: (_: unknown, use: (model: ServedModel) => unknown) => use(model),
  } as unknown as ServedModels;
  app = createApp({
    models,
    store,
    feedback: store.feedback,
    home,
    logger: createLogger('silent'),
    runs: null as never,
    evaluations: null as never,
    cacheMb: 1,
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  database.close();
  rmSync(home, { recursive: true });
});

/** However slow the machine is, a read trusts what the last one saw of the file. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
}

async function importCsv(place: string, text: string): Promise<void> {
  const file = join(home, 'plays.csv');
  writeFileSync(file, text);
  await importRatings(place, file);
}

const ready = () => request(app).get('/health/ready');
const send = (key: string) =>
  request(app).post('/feedback').send({ key, userId: 'u', itemId: 'b' });
const recommended = async () => (await request(app).get('/recommend/u').expect(200)).body;

it('is ready and answers while the database is there', async () => {
  await ready().expect(200, { status: 'ready', modelVersion: 'r' });
  await send('1').expect(201);
});

it('tells why another run is active, without the place of the home', async () => {
  lag = { run: 'other', problem: `${home}/runs/other is damaged` };
  const { body } = await ready().expect(200);
  expect(body.remarks).toEqual([
    'run other is active, and this process serves r: runs/other is damaged',
  ]);
});

it('answers 503 while the database is removed, and 201 only for what is in the new one', async () => {
  stopClock();
  await ready().expect(200);
  rmSync(path);
  const { body } = await send('lost').expect(503).expect('Retry-After', '1');
  expect(body).toMatchObject({
    code: 'E_HOME',
    detail: /^multvae\.db was removed while it was in use/,
  });
  await ready().expect(503);
  await request(app).get('/users/u').expect(503).expect('Retry-After', '60');
  await importCsv(home, 'userId,movieId,rating\nu,b,4\n');
  await ready().expect(200);
  await send('kept').expect(201);
  const db = new Sqlite(path, { readonly: true });
  expect(db.prepare('SELECT key FROM feedback').pluck().all()).toEqual(['kept']);
  db.close();
});

it('answers from the file that took the place, also what it had cached', async () => {
  stopClock();
  expect((await recommended()).items).toEqual([]);
  await importCsv(join(home, 'other'), 'userId,movieId,rating\nw,a,4\n');
  renameSync(join(home, 'other', 'multvae.db'), path);
  await ready().expect(503).expect('Retry-After', '1');
  await ready().expect(200);
  const { items } = await recommended();
  expect(items.map(({ itemId }: { itemId: string }) => itemId)).toEqual(['a', 'b']);
});

it('answers 503 with a sentence where pages are damaged, and is not ready from then on', async () => {
  const db = new Sqlite(path);
  const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'histories'").pluck();
  const at = ((page.get() as number) - 1) * 4096;
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, at);
  closeSync(file);
  const { body } = await request(app).get('/users/u').expect(503);
  expect(body).toMatchObject({
    code: 'E_HOME',
    detail: /^multvae\.db cannot be read or written: the file is damaged; restore it/,
  });
  await ready().expect(503);
  await send('1').expect(503);
});

it('tells what an error of the disk means that nobody expected', async () => {
  const failure = Object.assign(new Error('EMFILE: raw'), { code: 'EMFILE', syscall: 'open' });
  vi.spyOn(store, 'genres').mockRejectedValue(failure);
  const { body } = await request(app).get('/genres').expect(503);
  expect(body.detail).toMatch(/too many files are open; raise the limit/);
});
