/** A store behind a pgbouncer that gives each transaction another connection, as most installations have one. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { importMade } from '../../bench/soak/pg-importer.js';
import type { ItemId, UserId } from '../../src/data/ids.js';
import { openStore } from '../../src/data/store/open.js';
import type { Store } from '../../src/data/store/store.js';
import {
  otherUser,
  postgresMissing,
  startPostgres,
  type TestPostgres,
} from '../fixtures/postgres.js';

const isThere = spawnSync('pgbouncer', ['--version']).status === 0;
const missing =
  postgresMissing() ??
  (isThere ? null : 'pgbouncer is not installed (on Debian: apt-get install pgbouncer)');
if (missing !== null) console.warn(`skipped: ${missing}`);

let server: TestPostgres;
let pooler: ChildProcess;
let folder: string;
let url: string;
const stores: Store[] = [];

async function opened(): Promise<Store> {
  const store = await openStore({ folder, store: url }, { create: true });
  stores.push(store);
  return store;
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

async function startPooler(): Promise<number> {
  const port = await freePort();
  const runAs = process.getuid?.() === 0 ? otherUser() : null;
  const users = join(folder, 'users.txt');
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(users, `"multvae" "${server.password}"\n`);
  writeFileSync(
    config,
    `[databases]
postgres = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 3
`,
  );
  chmodSync(folder, 0o755);
  for (const path of [users, config]) if (runAs !== null) chownSync(path, runAs.uid, runAs.gid);
  pooler = spawn('pgbouncer', [config], { ...runAs, stdio: 'ignore' });
  await vi.waitUntil(() => answers(port), { timeout: 60_000 });
  return port;
}

describe.skipIf(missing !== null)('a store behind pgbouncer', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-pgbouncer-'));
    server = await startPostgres();
    const through = new URL(server.newSchema());
    through.port = String(await startPooler());
    url = through.href;
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    pooler?.kill();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('imports, stores and reads from many connections at once', async () => {
    const all = await Promise.all([opened(), opened(), opened()]);
    const [first, second, third] = all as [Store, Store, Store];
    await Promise.all(all.map((store) => store.watch()));
    const before = second.version();
    await importMade(first, 1, 200);
    await expect.poll(() => second.version()).not.toBe(before);
    expect(await second.dataset()).toMatchObject({ users: 200 });
    const events = Array.from({ length: 60 }, (_, k) => ({
      key: `k${k}`,
      userId: `user-1-${k}` as UserId,
      itemId: `new-${k % 5}` as ItemId,
      rating: 5,
      timestamp: k,
    }));
    const statuses = await Promise.all(
      events.flatMap((event) => all.map((store) => store.feedback.store([event]))),
    );
    expect(statuses.flat().filter((status) => status === 'stored')).toHaveLength(60);
    const read = await Promise.all(
      events.flatMap(({ userId }) => all.map((store) => store.userRatings(userId))),
    );
    for (const ratings of read) expect(ratings!.at(-1)!.itemId).toMatch(/^new-/);
    expect(await third.feedback.deleteUser('user-1-0')).toMatchObject({ feedback: 1 });
    expect(await first.items.put('shop', { title: 'Shop' })).toBe('created');
    expect(await second.item('shop')).toMatchObject({ title: 'Shop' });
    await importMade(second, 2, 100);
    expect((await third.labelledClicks(null, 1)).userIds).toHaveLength(100);
    await third.check();
  });

  it('comes back after a restart of the server', async () => {
    const store = await opened();
    await store.watch();
    await server.restart('immediate');
    await expect.poll(() => store.userIds(1).catch(() => null)).toHaveLength(1);
    await expect.poll(() => store.version()).not.toBeNull();
  });
});
