/** What is found at the place of a store, over a connection that the test plays. */
import { describe, expect, it } from 'vitest';
import { DependencyError, HomeError, StorageError } from '../../../errors.js';
import { addressOf } from './address.js';
import { noDataset, openSchema, schemaVersion, schemaVersions } from './schema.js';

const place = {
  server: 120_000,
  serverName: '12.1',
  encoding: 'UTF8',
  hasSchema: true,
  objects: 20,
  isOwn: true,
};
const own = { application: 'multvae', schema_version: schemaVersion };

interface Play {
  readonly found?: Partial<typeof place>;
  /** The row of `about`. */
  readonly about?: Partial<typeof own> | null;
  /** What a second look, in the transaction that migrates, finds. */
  readonly later?: { readonly found?: Partial<typeof place>; readonly about?: typeof own };
  readonly create?: boolean;
}

async function open({ found = {}, about = {}, later = {}, create }: Play) {
  const log: unknown[] = [];
  const session = (look: object, row: object | null) => ({
    query: async (text: string) => {
      if (text.includes('server_version_num')) return [look];
      return row === null ? [] : [row];
    },
    run: async (text: string, values?: unknown) =>
      log.push(values === undefined ? text : [text, values]),
  });
  const first = session({ ...place, ...found }, about && { ...own, ...about });
  const second = session(
    { ...place, ...found, ...later.found },
    later.about ?? (about && { ...own, ...about }),
  );
  const connection = {
    address: addressOf('postgres://h/d?schema=shop'),
    read: async (text: string, values?: unknown) => {
      if (text === 'SELECT born FROM store.about') return [{ born: 'b' }];
      expect(values).toEqual(['shop']);
      return first.query(text);
    },
    snapshot: async (work: (session: object) => unknown) => work(first),
    transaction: async (work: (session: object) => unknown, options: object) => {
      log.push(options);
      return work(second);
    },
  };
  expect(await openSchema(connection as never, create === undefined ? {} : { create })).toBe('b');
  return log;
}

const lock = ['SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', ['multvae schema shop']];
const path = ["SELECT set_config('search_path', $1, true)", ['"shop"']];
const stored = ['UPDATE store.about SET schema_version = $1', [schemaVersion]];

describe('openSchema', () => {
  it('changes nothing of a schema of this version', async () => {
    expect(await open({})).toEqual([]);
    expect(await open({ create: true })).toEqual([]);
  });

  it('makes a schema and its tables where it is told to', async () => {
    const nothing = { hasSchema: false, objects: 0, isOwn: false };
    const made = [
      { long: true },
      lock,
      'CREATE SCHEMA "shop"',
      path,
      ...schemaVersions.flat(),
      stored,
    ];
    expect(await open({ found: nothing, create: true })).toEqual(made);
    const empty = { objects: 0, isOwn: false };
    expect(await open({ found: empty, create: true })).toEqual(
      made.filter((text) => text !== 'CREATE SCHEMA "shop"'),
    );
    for (const create of [undefined, false] as const) {
      const opened = open({ found: nothing, ...(create !== undefined && { create }) });
      await expect(opened).rejects.toBeInstanceOf(HomeError);
      await expect(opened).rejects.toThrow(noDataset('postgres://h/d?schema=shop').message);
    }
  });

  it('adds what an older version lacks, unless another process just did', async () => {
    const older = { about: { schema_version: 1 } };
    const changes = [{ long: true }, lock, path, ...schemaVersions.slice(1).flat(), stored];
    expect(await open(older)).toEqual(changes);
    expect(await open({ ...older, later: { about: own } })).toEqual([{ long: true }, lock]);
  });

  it.each<Play>([{ found: { isOwn: false } }, { about: null }, { about: { application: 'shop' } }])(
    'refuses tables of others: %j',
    async (foreign) => {
      const opened = open({ ...foreign, create: true });
      await expect(opened).rejects.toMatchObject({ fault: 'foreign' });
      await expect(opened).rejects.toBeInstanceOf(StorageError);
    },
  );

  it('refuses tables of a newer version', async () => {
    const opened = open({ about: { schema_version: schemaVersion + 1 } });
    await expect(opened).rejects.toThrow(
      `has schema version ${schemaVersion + 1}, newer than ${schemaVersion}, the newest`,
    );
  });

  it('refuses a server that is too old, and another encoding', async () => {
    const old = open({ found: { server: 119_999, serverName: '11.9' } });
    await expect(old).rejects.toBeInstanceOf(DependencyError);
    await expect(old).rejects.toThrow(/ is PostgreSQL 11\.9; PostgreSQL 12 or later is needed$/);
    const latin = open({ found: { encoding: 'LATIN1' } });
    await expect(latin).rejects.toBeInstanceOf(HomeError);
    await expect(latin).rejects.toThrow(/has the encoding LATIN1, .*--encoding=UTF8/);
  });
});

it('says how to import into a store without data', () => {
  expect(noDataset('postgres://h/d?schema=a b').message).toBe(
    "there is no data set in postgres://h/d?schema=a b; import one first, for example `multvae import sample --store 'postgres://h/d?schema=a b'`",
  );
});
