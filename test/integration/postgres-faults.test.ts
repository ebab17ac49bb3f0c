/** A PostgreSQL that refuses, goes, or is cut off: each is a typed error in time, and no message has the password. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedbackEvent } from '../../src/data/feedback.js';
import type { ItemId, UserId } from '../../src/data/ids.js';
import { openStore } from '../../src/data/store/open.js';
import type { Store } from '../../src/data/store/store.js';
import { ArgumentError, BusyError, HomeError, StorageError } from '../../src/errors.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

let server: TestPostgres;
let folder: string;
const stores: Store[] = [];

async function opened(url: string): Promise<Store> {
  const store = await openStore({ folder, store: url }, { create: true });
  stores.push(store);
  return store;
}

/** Runs statements as the owner of everything. */
async function asOwner(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(text);
  await client.end();
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    const text = inspect(error, { depth: 10, showHidden: true });
    expect(text).not.toContain(server.password);
    return error as Error;
  }
  throw new Error('it did not fail');
}

const event = (key: string): FeedbackEvent => ({
  key,
  userId: 'u' as UserId,
  itemId: 'i' as ItemId,
  rating: null,
  timestamp: null,
});

/** Passes connections on to a server, until it is told to swallow everything, as a network that was cut does. */
class Cable {
  readonly #listener: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  constructor(port: number) {
    this.#listener = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (bytes) => {
          if (!this.#isCut) to.write(bytes);
        });
        from.on('close', () => {
          if (!this.#isCut) to.destroy();
        });
        from.on('error', () => undefined);
      }
    });
  }

  async start(): Promise<number> {
    this.#listener.listen(0, '127.0.0.1');
    await once(this.#listener, 'listening');
    return (this.#listener.address() as { port: number }).port;
  }

  cut(): void {
    this.#isCut = true;
  }

  /** Connections that were cut off stay so: their two ends know of different bytes. */
  mend(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    this.#isCut = false;
  }

  stop(): void {
    this.mend();
    this.#listener.close();
  }
}

describe.skipIf(missing !== null)('a store in PostgreSQL', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-faults-'));
    server = await startPostgres();
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  it('says why it cannot be opened', async () => {
    const open = (url: string) => failure(opened(url));
    const { url, password } = server;
    const wrong = await open(url.replace(password, 'planted-password'));
    expect(wrong).toMatchObject({ fault: 'denied' });
    expect(wrong.message).toMatch(
      /^postgres:\/\/multvae@127\.0\.0\.1:\d+\/postgres cannot be read or written: the server refuses the user or the password;/,
    );
    expect(inspect(wrong, { depth: 10, showHidden: true })).not.toContain('planted');
    expect(await open(url.replace('/postgres', '/missing'))).toMatchObject({ fault: 'path' });
    expect(await open(url.replace('127.0.0.1', 'no-such-host.invalid'))).toMatchObject({
      fault: 'path',
    });
    expect(await open('postgres://u:planted@127.0.0.1:1/d')).toMatchObject({ fault: 'gone' });
    expect(await open(`${url}?sslmode=verify-full`)).toMatchObject({ fault: 'denied' });
    for (const bad of [
      `${url}?schema=pg_mine`,
      `${url}?schema=a"b`,
      `${url}?connections=0`,
      `${url}#x`,
      'mysql://u:planted@h/d',
    ]) {
      const error = await open(bad);
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).not.toContain('planted');
    }
  });

  it('says what a user may not do', async () => {
    await asOwner("CREATE ROLE reader LOGIN PASSWORD 'planted'");
    const url = server.newSchema().replace(`multvae:${server.password}`, 'reader:planted');
    expect(await failure(opened(url))).toMatchObject({ fault: 'denied' });
    const owned = await opened(url.replace('reader:planted', `multvae:${server.password}`));
    const schema = new URL(url).searchParams.get('schema')!;
    await asOwner(
      `GRANT USAGE ON SCHEMA ${schema} TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO reader`,
    );
    const reader = await opened(url);
    expect(await reader.dataset()).toBeNull();
    const denied = await failure(reader.feedback.store([event('1')]));
    expect(denied).toMatchObject({ fault: 'denied' });
    expect(denied.message).toContain('the user may not do this; let an owner');
    await asOwner(`ALTER ROLE reader SET default_transaction_read_only = on`);
    expect(await owned.feedback.store([event('1')])).toEqual(['stored']);
  });

  it('says when the server takes no more connections', async () => {
    await asOwner("CREATE ROLE few LOGIN SUPERUSER PASSWORD 'planted' CONNECTION LIMIT 0");
    await asOwner('ALTER ROLE few NOSUPERUSER');
    const url = server.newSchema().replace(`multvae:${server.password}`, 'few:planted');
    const error = await failure(opened(url));
    expect(error).toMatchObject({ fault: 'handles' });
    expect(error.message).toContain('?connections=N');
  });

  it('says that its tables are gone', async () => {
    const url = server.newSchema();
    const store = await opened(url);
    await store.watch();
    await asOwner(`DROP SCHEMA ${new URL(url).searchParams.get('schema')} CASCADE`);
    expect(await failure(store.dataset())).toMatchObject({ fault: 'replaced' });
    expect(await failure(store.confirm())).toMatchObject({ fault: 'replaced' });
    expect(await failure(store.feedback.store([event('1')]))).toBeInstanceOf(StorageError);
    await expect.poll(() => store.version()).toBeNull();
    await opened(url);
    // Another store is at the place.
    expect(await failure(store.confirm())).toMatchObject({ fault: 'replaced' });
  });

  it('keeps what it acknowledged over crashes of the server', async () => {
    const own = await startPostgres({ fsync: true });
    const store = await openStore({ folder, store: own.newSchema() }, { create: true });
    try {
      await store.watch();
      const acknowledged: string[] = [];
      let isOver = false;
      let made = 0;
      const send = async () => {
        while (!isOver) {
          const key = `event-${made++}`;
          try {
            await store.feedback.store([event(key)]);
            acknowledged.push(key);
          } catch (error) {
            expect(error).toBeInstanceOf(HomeError);
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
        }
      };
      const senders = [send(), send(), send()];
      for (const crash of ['kill', 'immediate', 'fast', 'kill'] as const) {
        const before = acknowledged.length;
        await expect.poll(() => acknowledged.length).toBeGreaterThan(before);
        if (crash === 'kill') own.kill();
        else await own.down(crash);
        await expect.poll(() => store.version()).toBeNull();
        await own.up();
        await expect.poll(() => store.version()).not.toBeNull();
      }
      const before = acknowledged.length;
      await expect.poll(() => acknowledged.length).toBeGreaterThan(before);
      isOver = true;
      await Promise.all(senders);
      const again = await store.feedback.store(acknowledged.map(event));
      expect(again.filter((status) => status === 'stored')).toEqual([]);
    } finally {
      await store.close();
      await own.stop();
    }
  });

  it('does not wait for a network that was cut, and comes back with it', async () => {
    const cable = new Cable(server.port);
    const port = await cable.start();
    const url = new URL(server.newSchema());
    url.port = String(port);
    const store = await opened(url.href);
    try {
      await store.watch();
      await store.feedback.store([event('1')]);
      await Promise.all(Array.from({ length: 8 }, () => store.userRatings('u')));
      cable.cut();
      // Each would wait for minutes, which ends this test.
      const outcomes = await Promise.all([
        failure(store.userRatings('u')),
        failure(store.dataset()),
        failure(store.feedback.store([event('2')])),
        failure(store.feedback.deleteUser('u')),
        failure(store.searchUsers('u', 3)),
        failure(store.confirm()),
        failure(store.rules()),
      ]);
      for (const error of outcomes) expect(error).toBeInstanceOf(StorageError);
      await expect.poll(() => store.version()).toBeNull();
      // Requests that come now are refused at once.
      const errors = await Promise.all(
        Array.from({ length: 20 }, () => failure(store.userRatings('u'))),
      );
      for (const error of errors) expect(error).toBeInstanceOf(HomeError);
      cable.mend();
      await expect.poll(() => store.version()).not.toBeNull();
      await expect
        .poll(() => store.userRatings('u').catch(String))
        .toEqual([{ itemId: 'i', rating: null }]);
      const repeated = () => store.feedback.store([event('1')]).catch(String);
      await expect.poll(repeated).toEqual(['repeated']);
    } finally {
      cable.stop();
    }
  });

  it('reads from a standby, and writes once that is promoted', async () => {
    const own = await startPostgres();
    const store = await openStore({ folder, store: own.newSchema() }, { create: true });
    try {
      await store.watch();
      await store.feedback.store([event('1')]);
      await own.down();
      writeFileSync(join(own.data, 'standby.signal'), '');
      await own.up();
      await expect.poll(() => store.version()).not.toBeNull();
      await expect.poll(() => store.userRatings('u').catch(String)).toHaveLength(1);
      const refused = () => store.feedback.store([event('2')]).catch((error) => error.fault);
      await expect.poll(refused).toBe('read-only');
      expect(await failure(store.write('new'))).toMatchObject({ fault: 'read-only' });
      const client = new pg.Client({ connectionString: own.url });
      await client.connect();
      await client.query('SELECT pg_promote()');
      await client.end();
      const stored = () => store.feedback.store([event('2')]).catch(String);
      await expect.poll(stored).toEqual(['stored']);
    } finally {
      await store.close();
      await own.stop();
    }
  });

  it('lets a process that is cut off in the middle of a write hold nobody up for long', async () => {
    const url = server.newSchema();
    const store = await opened(url);
    const program = `
      import { addressOf } from './src/data/store/postgres/address.js';
      import { Connection } from './src/data/store/postgres/connection.js';
      const connection = new Connection(addressOf(process.env.STORE));
      await connection.begin({ write: true });
      console.log('begun');
      setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { env: { ...process.env, STORE: url }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      await once(child.stdout, 'data');
      child.kill('SIGSTOP');
      // It waits for a second, and the server ends the session of the other after three.
      const first = await store.feedback.store([event('1')]).catch((error: Error) => error);
      if (first instanceof Error) {
        expect(first).toBeInstanceOf(BusyError);
        const stored = () => store.feedback.store([event('1')]).catch(() => null);
        await expect.poll(stored).not.toBeNull();
      }
    } finally {
      child.kill('SIGKILL');
    }
  });
});
