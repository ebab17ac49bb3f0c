/** Connections to PostgreSQL: schema, transactions, versions, and a server that goes and comes back. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  postgresMissing,
  startPostgres,
  type TestPostgres,
} from '../../../../test/fixtures/postgres.js';
import { BusyError, HomeError, StorageError } from '../../../errors.js';
import { addressOf } from './address.js';
import { Connection } from './connection.js';
import { PostgresUsers } from './histories/user-histories.js';
import { openSchema, schemaVersion } from './schema.js';
import { ClientSession, type Session } from './session.js';
import { Transaction } from './transaction.js';
import { VersionWatch } from './watch.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

let server: TestPostgres;
const open: Connection[] = [];

function connect(url: string): Connection {
  const connection = new Connection(addressOf(url));
  open.push(connection);
  return connection;
}

async function made(url = server.newSchema()): Promise<Connection> {
  const connection = connect(url);
  await openSchema(connection, { create: true });
  return connection;
}

beforeAll(async () => {
  if (missing === null) server = await startPostgres();
});
afterAll(async () => {
  for (const connection of open) await connection.close();
  await server?.stop();
});

const versionOf = async (connection: Connection) =>
  (await connection.read<{ number: number }>('SELECT number FROM store.version'))[0]!.number;

describe.skipIf(missing !== null)('the schema', () => {
  it('is made once when several processes open an empty database', async () => {
    const url = server.newSchema();
    const connections = await Promise.all([made(url), made(url), made(url), made(url)]);
    const rows = await connections[0]!.read('SELECT schema_version FROM store.about');
    expect(rows).toEqual([{ schema_version: schemaVersion }]);
    expect(new Set(await Promise.all(connections.map(versionOf)))).toEqual(new Set([0]));
  });

  it('has the indices that questions need, and stores large values as they are', async () => {
    // Loaded anew, so that it is what this test loads.
    vi.resetModules();
    const { Connection: Loaded } = await import('./connection.js');
    const { openSchema: open } = await import('./schema.js');
    const fresh = new Loaded(addressOf(server.newSchema()));
    try {
      await open(fresh, { create: true });
      const asked = async (text: string) =>
        (await fresh.read<{ found: string }>(text, [fresh.address.schema])).map(
          ({ found }) => found,
        );
      const indices = await asked(
        `SELECT regexp_replace(indexdef, 'CREATE (UNIQUE )?INDEX (\\w+) ON [^.]+\\.', '\\2 ') AS found
         FROM pg_indexes WHERE schemaname = $1 AND indexname NOT LIKE '%_pkey' ORDER BY indexname`,
      );
      expect(indices).toEqual([
        'feedback_key_key feedback USING btree (key)',
        'feedback_of_item feedback USING btree (item_id, event)',
        'feedback_of_list feedback USING btree (recommendation, event) WHERE (recommendation IS NOT NULL)',
        'feedback_of_user feedback USING btree (user_id, event)',
        'items_by_change items USING btree (changed)',
        "items_by_word items USING gin (array_to_tsvector(string_to_array(words, ' '::text)))",
        'items_id_key items USING btree (id)',
        'lists_day_run_arm_measure_value_key lists USING btree (day, run, arm, measure, value)',
        'search_workers_of_search search_workers USING btree (search)',
        'searches_settings_hash_key searches USING btree (settings_hash)',
        'users_id_key users USING btree (id)',
      ]);
      const ofTables = 'FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace';
      expect(
        await asked(
          `SELECT relname || '.' || attname AS found ${ofTables} JOIN pg_attribute ON attrelid = c.oid
           WHERE nspname = $1 AND relkind = 'r' AND attnum > 0 AND attstorage = 'e' ORDER BY 1`,
        ),
      ).toEqual(['histories.ratings', 'histories.weights', 'run_chunks.contents']);
      expect(
        await asked(
          `SELECT relname || ' ' || reloptions::text AS found ${ofTables} WHERE nspname = $1 AND reloptions IS NOT NULL`,
        ),
      ).toEqual(['version {fillfactor=10}']);
    } finally {
      await fresh.close();
    }
  });

  it('is not made unless it is asked for', async () => {
    const connection = connect(server.newSchema());
    await expect(openSchema(connection, {})).rejects.toThrow(/there is no data set in postgres:/);
    await expect(openSchema(connection, {})).rejects.toBeInstanceOf(HomeError);
  });

  it('of version 1 gains tables and columns, and keeps its feedback', async () => {
    const old = await made();
    await old.transaction((session) =>
      session.run(`DROP TABLE store.documents; DROP TABLE store.lists;
        ALTER TABLE store.feedback DROP COLUMN type, DROP COLUMN recommendation, DROP COLUMN place;
        UPDATE store.about SET schema_version = 1;
        INSERT INTO store.feedback (key, user_id, item_id, rating, received_at) VALUES ('k', 'u', 'a', 4, 70)`),
    );
    await openSchema(old, {});
    expect(await old.read('SELECT schema_version FROM store.about')).toEqual([
      { schema_version: 2 },
    ]);
    expect(await new PostgresUsers(old).userRatings('u')).toEqual([{ itemId: 'a', rating: 4 }]);
  });

  it('is refused when it is foreign or newer', async () => {
    const foreign = connect(server.newSchema());
    const name = foreign.address.schema;
    await foreign.transaction(async (session) => {
      await session.run(`CREATE SCHEMA ${name}; CREATE TABLE store.about (shop text)`);
    });
    await expect(openSchema(foreign, { create: true })).rejects.toMatchObject({
      fault: 'foreign',
      message: expect.stringContaining(`the schema ${name} of postgres://multvae@127.0.0.1`),
    });
    const newer = await made();
    await newer.transaction((session) => session.run('UPDATE store.about SET schema_version = 99'));
    await expect(openSchema(newer, { create: true })).rejects.toThrow('schema version 99, newer');
  });
});

describe.skipIf(missing !== null)('a transaction', () => {
  it('raises the version when it writes, and undoes all when it fails', async () => {
    const connection = await made();
    const raised: number[] = [];
    connection.onRaised((number) => raised.push(number));
    const add = (hash: string) => (session: { run(text: string, values: unknown[]): unknown }) =>
      session.run('INSERT INTO store.ancestors VALUES ($1)', [hash]);
    await connection.transaction(async (session) => add('a')(session), { write: true });
    await connection.transaction(async (session) => add('b')(session));
    await expect(
      connection.transaction(
        async (session) => {
          await add('c')(session);
          throw new HomeError('no');
        },
        { write: true },
      ),
    ).rejects.toThrow('no');
    expect(await connection.read('SELECT data_hash FROM store.ancestors ORDER BY 1')).toEqual([
      { data_hash: 'a' },
      { data_hash: 'b' },
    ]);
    expect(await versionOf(connection)).toBe(1);
    expect(raised).toEqual([1]);
  });

  it('is begun anew when a deadlock undid it', async () => {
    const connection = await made();
    await connection.transaction((session) =>
      session.run("INSERT INTO store.ancestors VALUES ('a'), ('b')"),
    );
    let tries = 0;
    let bothHold: () => void;
    const held = new Promise<void>((resolve) => {
      bothHold = resolve;
    });
    const both = (first: string, second: string) =>
      connection.transaction(async (session) => {
        tries++;
        const lock = 'SELECT FROM store.ancestors WHERE data_hash = $1 FOR UPDATE';
        // A lock's own limit would come before the search for deadlocks.
        await session.run(
          "SET LOCAL lock_timeout = '60s'; SET LOCAL deadlock_timeout = '100ms'; SET LOCAL idle_in_transaction_session_timeout = '60s'",
        );
        await session.run(lock, [first]);
        if (tries === 2) bothHold();
        await held;
        await session.run(lock, [second]);
      });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    expect(tries).toBe(3);
  });

  it('fails after a second while another one writes', async () => {
    const connection = await made();
    const first = await connection.begin({ write: true });
    const second = connection.transaction(async () => undefined, { write: true });
    await expect(second).rejects.toBeInstanceOf(BusyError);
    await first.commit();
    expect(await versionOf(connection)).toBe(1);
  });

  it('keeps others apart from an import where they ask for it', async () => {
    const connection = await made();
    const running = await connection.begin({ imports: 'alone', long: true });
    const apart = () => connection.transaction(async () => 'done', { imports: 'apart' });
    await expect(apart()).rejects.toBeInstanceOf(BusyError);
    await expect(connection.begin({ imports: 'alone', long: true })).rejects.toThrow();
    expect(await connection.transaction(async () => 'beside', { write: true })).toBe('beside');
    await running.rollback();
    expect(await apart()).toBe('done');
  });
});

describe.skipIf(missing !== null)('the version', () => {
  it('is followed by others, and known at once where it was raised', async () => {
    const url = server.newSchema();
    const writer = await made(url);
    const reader = await made(url);
    const own = new VersionWatch(writer);
    const other = new VersionWatch(reader);
    try {
      expect(own.version()).toBeNull();
      await Promise.all([own.start(), other.start()]);
      const before = other.version()!;
      expect(own.version()).toBe(before);
      await writer.transaction(async () => undefined, { write: true });
      expect(own.version()).toBe(before + 1);
      await expect.poll(() => other.version()).toBe(before + 1);
      // A backup that is put back has a lower number.
      await writer.transaction((session) => session.run('UPDATE store.version SET number = 0'));
      await expect.poll(() => other.version()).toBe(before);
      await writer.transaction((session) => session.run("UPDATE store.about SET born = 'again'"));
      await expect.poll(() => other.version()).toBeGreaterThan(before + 1);
    } finally {
      await Promise.all([own.stop(), other.stop()]);
    }
  });
});

describe.skipIf(missing !== null)('a connection that breaks', () => {
  const lost = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const wrong = () => Object.assign(new Error('no such column'), { code: '42601' });

  it('is replaced once for what reads', async () => {
    const connection = await made();
    const query = vi.spyOn(ClientSession.prototype, 'query');
    try {
      query.mockRejectedValueOnce(lost());
      expect(await connection.read('SELECT 7 AS n')).toEqual([{ n: 7 }]);
      query.mockRejectedValueOnce(lost()).mockRejectedValueOnce(lost());
      await expect(connection.read('SELECT 8 AS n')).rejects.toMatchObject({ fault: 'gone' });
      query.mockRejectedValueOnce(wrong());
      await expect(connection.read('SELECT 9 AS n')).rejects.toThrow('no such column');
      expect(query).toHaveBeenCalledTimes(5);
    } finally {
      query.mockRestore();
    }
  });

  it('is replaced once for a snapshot, unless that may be long', async () => {
    const connection = await made();
    const work = vi.fn(async (session: Session) => session.query('SELECT 7 AS n'));
    work.mockRejectedValueOnce(lost());
    expect(await connection.snapshot(work)).toEqual([{ n: 7 }]);
    expect(work).toHaveBeenCalledTimes(2);
    for (const [error, long] of [
      [lost(), true],
      [wrong(), false],
    ] as const) {
      work.mockClear();
      work.mockRejectedValueOnce(error);
      await expect(connection.snapshot(work, { long })).rejects.toThrow();
      expect(work).toHaveBeenCalledTimes(1);
    }
  });

  it('is replaced once where a transaction begins, and not where it has begun', async () => {
    const connection = await made();
    const begin = vi.spyOn(Transaction.prototype, 'begin');
    try {
      begin.mockRejectedValueOnce(lost());
      await connection.transaction((session) => session.run('SELECT 1'));
      expect(begin).toHaveBeenCalledTimes(2);
      begin.mockRejectedValueOnce(wrong());
      await expect(connection.begin()).rejects.toThrow('no such column');
      const work = vi.fn(async () => Promise.reject(lost()));
      await expect(connection.transaction(work)).rejects.toMatchObject({ fault: 'gone' });
      expect([begin.mock.calls.length, work.mock.calls.length]).toEqual([4, 1]);
    } finally {
      begin.mockRestore();
    }
  });
});

describe('a server that is not there', () => {
  it('is left alone for a while', async () => {
    const connection = connect('postgres://me:secret@127.0.0.1:1/shop');
    const failed = vi.spyOn(connection.outage, 'failed');
    const asking = connection.read('SELECT 1');
    await expect(asking).rejects.toMatchObject({ fault: 'gone', exitCode: 3 });
    await expect(asking).rejects.not.toThrow(/secret/);
    expect(failed).toHaveBeenCalled();
  });
});

describe.skipIf(missing !== null)('a server that is gone', () => {
  it('is an error at once, which the process outlives', async () => {
    const connection = await made();
    const watch = new VersionWatch(connection);
    await watch.start();
    try {
      for (const end of ['kill', 'immediate', 'fast'] as const) {
        expect(watch.version()).not.toBeNull();
        if (end === 'kill') server.kill();
        else await server.down(end);
        // Processes of a server that was killed may answer a last time.
        const fault = () => versionOf(connection).then(String, (error) => error.fault);
        await expect.poll(fault).toBe('gone');
        await expect(
          connection.transaction(async () => undefined, { write: true }),
        ).rejects.toBeInstanceOf(StorageError);
        await expect.poll(() => watch.version()).toBeNull();
        await server.up();
        await expect.poll(() => watch.version()).not.toBeNull();
        await expect.poll(() => versionOf(connection).catch(String)).toBe(0);
      }
    } finally {
      await watch.stop();
    }
    // Connections that were idle over a restart are of no use, and nobody notices.
    await server.restart('fast');
    expect(await versionOf(connection)).toBe(0);
  });
});
