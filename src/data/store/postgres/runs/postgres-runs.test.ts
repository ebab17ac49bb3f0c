/** Published runs in PostgreSQL: whole or not there, checked chunk by chunk, one change at a time. */

import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  postgresMissing,
  startPostgres,
  type TestPostgres,
} from '../../../../../test/fixtures/postgres.js';
import { RunError, StorageError, UnknownRunError } from '../../../../errors.js';
import type { PublishedFile } from '../../shared-runs.js';
import { addressOf } from '../address.js';
import { Connection } from '../connection.js';
import { openSchema } from '../schema.js';
import { PostgresRuns } from './postgres-runs.js';
import { chunkBytes } from './tables.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

let server: TestPostgres;
let connection: Connection;
let runs: PostgresRuns;
const opened: Connection[] = [];

function connect(url: string): Connection {
  const connection = new Connection(addressOf(url));
  opened.push(connection);
  return connection;
}

beforeAll(async () => {
  if (missing === null) server = await startPostgres();
});
afterAll(async () => {
  for (const connection of opened) await connection.close();
  await server?.stop();
});
beforeEach(async () => {
  if (missing !== null) return;
  connection = connect(server.newSchema());
  await openSchema(connection, { create: true });
  runs = new PostgresRuns(connection);
});

/** A file whose contents come in pieces of an odd size. */
function fileOf(name: string, contents: Buffer, pieceBytes = 70_001): PublishedFile {
  return {
    name,
    bytes: contents.length,
    sha256: createHash('sha256').update(contents).digest('hex'),
    read: async function* () {
      for (let at = 0; at < contents.length; at += pieceBytes) {
        yield contents.subarray(at, at + pieceBytes);
      }
    },
  };
}

async function contentsOf(run: string, file: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of runs.read(run, file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const small = (text = 'small') => [fileOf('run.json', Buffer.from(text))];
const large = randomBytes(2 * chunkBytes + 7);
const withLarge = () => [...small(), fileOf('weights', large), fileOf('empty', Buffer.alloc(0))];

/** Changes rows behind the back of the runs. */
const tamper = (text: string) => connection.transaction((session) => session.run(text));

describe.skipIf(missing !== null)('runs in PostgreSQL', () => {
  it.each([
    ['of no byte', 0],
    ['of one byte', 1],
    ['of a chunk less one byte', chunkBytes - 1],
    ['of one chunk', chunkBytes],
    ['of a chunk and one byte', chunkBytes + 1],
    ['of three chunks', 3 * chunkBytes],
  ])('gives a file %s back as it was', async (_, bytes) => {
    const contents = randomBytes(bytes);
    await runs.publish('mult-vae-1', [fileOf('weights', contents)]);
    expect((await contentsOf('mult-vae-1', 'weights')).equals(contents)).toBe(true);
    await runs.check('mult-vae-1');
    expect(await runs.find('mult-vae-1')).toMatchObject({
      id: 'mult-vae-1',
      files: [{ name: 'weights', bytes }],
      problem: null,
    });
  });

  it('gives one chunk at a time', async () => {
    await runs.publish('mult-vae-1', withLarge());
    const sizes: number[] = [];
    for await (const chunk of runs.read('mult-vae-1', 'weights')) sizes.push(chunk.length);
    expect(sizes).toEqual([chunkBytes, chunkBytes, 7]);
  });

  it('lists runs by id, and knows none that was never published', async () => {
    expect(await runs.list()).toEqual([]);
    await runs.publish('ease-2', small());
    await runs.publish('ease-1', withLarge());
    expect((await runs.list()).map(({ id, files }) => [id, files.length])).toEqual([
      ['ease-1', 3],
      ['ease-2', 1],
    ]);
    expect(await runs.find('ease-3')).toBeNull();
    for (const use of [
      () => contentsOf('ease-3', 'weights'),
      () => runs.check('ease-3'),
      () => runs.activate('ease-3'),
      () => runs.remove('ease-3'),
    ]) {
      await expect(use()).rejects.toThrow(UnknownRunError);
    }
    await expect(contentsOf('ease-2', 'weights')).rejects.toThrow(
      /weights of run ease-2 .*missing/,
    );
  });

  it('keeps a run as it was published', async () => {
    await runs.publish('ease-1', small());
    const { version } = await runs.state();
    await runs.publish('ease-1', small());
    expect((await runs.state()).version).toBe(version);
    await expect(runs.publish('ease-1', small('other'))).rejects.toThrow(/never changes/);
    expect((await contentsOf('ease-1', 'run.json')).toString()).toBe('small');
  });

  it('publishes nothing of a file that is not as its checksum or size says', async () => {
    const [file] = small();
    for (const wrong of [{ sha256: '00' }, { bytes: 4 }]) {
      const bad = runs.publish('ease-1', [{ ...file!, ...wrong }]);
      await expect(bad).rejects.toThrow(/run\.json of run ease-1 has changed/);
    }
    expect(await runs.list()).toEqual([]);
    await runs.publish('ease-1', small());
  });

  it('shows nothing of a run on its way, nor of one whose connection broke', async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    let reached: () => void = () => undefined;
    const half = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const other = connect(`${connection.address.url}?schema=${connection.address.schema}`);
    const slow: PublishedFile = {
      ...fileOf('weights', large),
      read: async function* () {
        yield large.subarray(0, chunkBytes + 5);
        reached();
        await held;
        yield large.subarray(chunkBytes + 5);
      },
    };
    const publishing = new PostgresRuns(other).publish('ease-1', [slow]);
    const outcome = expect(publishing).rejects.toThrow(StorageError);
    await half;
    expect(await runs.list()).toEqual([]);
    await expect(runs.activate('ease-1')).rejects.toThrow(UnknownRunError);
    other.cutAll();
    go();
    await outcome;
    expect(await runs.list()).toEqual([]);
    expect(await connection.read('SELECT 1 FROM store.run_chunks')).toEqual([]);
    await runs.publish('ease-1', [fileOf('weights', large)]);
    await runs.check('ease-1');
  });

  it('takes the same run from two processes at once', async () => {
    const other = new PostgresRuns(
      connect(`${connection.address.url}?schema=${connection.address.schema}`),
    );
    await Promise.all([runs.publish('ease-1', withLarge()), other.publish('ease-1', withLarge())]);
    await runs.check('ease-1');
    expect(await runs.list()).toHaveLength(1);
  });

  it.each([
    [
      'a changed byte',
      `UPDATE store.run_chunks SET contents = set_byte(contents, 3, 1 - get_byte(contents, 3) % 2)
      WHERE file = 'weights' AND part = 1`,
      /chunk 1 of weights of run ease-1 in postgres:.* is damaged/,
    ],
    [
      'a shorter chunk',
      `UPDATE store.run_chunks SET contents = substring(contents FROM 2)
      WHERE file = 'weights' AND part = 2`,
      /weights of run ease-1 .*not whole: 2097158 of 2097159|chunk 2 of weights of run ease-1/,
    ],
    [
      'a missing chunk',
      `DELETE FROM store.run_chunks WHERE file = 'weights' AND part = 1`,
      /weights of run ease-1 .*not whole|chunk 1 of weights of run ease-1 .*missing/,
    ],
  ])(
    'finds %s, names it, and mends it when the run is published again',
    async (_, text, message) => {
      await runs.publish('ease-1', withLarge());
      await tamper(text);
      await expect(contentsOf('ease-1', 'weights')).rejects.toThrow(message);
      await expect(runs.check('ease-1')).rejects.toThrow(RunError);
      await expect(runs.check('ease-1')).rejects.toThrow(message);
      await runs.publish('ease-1', withLarge());
      await runs.check('ease-1');
      expect((await contentsOf('ease-1', 'weights')).equals(large)).toBe(true);
    },
  );

  it('finds chunks that were exchanged together with their checksums', async () => {
    await runs.publish('ease-1', withLarge());
    await tamper(`UPDATE store.run_chunks SET part = -1 WHERE part = 0 AND file = 'weights'`);
    await tamper(`UPDATE store.run_chunks SET part = 0 WHERE part = 1 AND file = 'weights'`);
    await tamper(`UPDATE store.run_chunks SET part = 1 WHERE part = -1 AND file = 'weights'`);
    await expect(contentsOf('ease-1', 'weights')).rejects.toThrow(
      /weights of run ease-1 .* is damaged/,
    );
  });

  it('activates, goes back, and forgets removed runs', async () => {
    for (const id of ['ease-1', 'ease-2', 'ease-3']) await runs.publish(id, small(id));
    expect(await runs.state()).toMatchObject({ active: null, previous: null });
    for (const id of ['ease-1', 'ease-2', 'ease-3', 'ease-3']) await runs.activate(id);
    expect(await runs.activations()).toEqual(['ease-3', 'ease-2', 'ease-1']);
    expect(await runs.state()).toMatchObject({ active: 'ease-3', previous: 'ease-2' });
    await expect(runs.remove('ease-3')).rejects.toThrow(/is the active one/);
    await runs.remove('ease-2');
    await expect(runs.rollback('ease-2')).rejects.toThrow(/another process/);
    await runs.rollback('ease-1');
    expect(await runs.activations()).toEqual(['ease-1']);
    expect(await runs.removedAmong(['ease-1', 'ease-2', 'ease-9'])).toEqual(['ease-2']);
    await runs.publish('ease-2', small());
    expect(await runs.removedAmong(['ease-2'])).toEqual([]);
  });

  it('does not activate a run that lost a part, nor go back to one', async () => {
    await runs.publish('ease-1', withLarge());
    await runs.publish('ease-2', small());
    await runs.activate('ease-1');
    await runs.activate('ease-2');
    await tamper(`DELETE FROM store.run_chunks WHERE file = 'weights' AND part = 2`);
    await expect(runs.activate('ease-1')).rejects.toThrow(/weights of run ease-1 .*not whole/);
    await expect(runs.rollback('ease-1')).rejects.toThrow(/weights of run ease-1 .*not whole/);
    expect(await runs.activations()).toEqual(['ease-2', 'ease-1']);
    expect((await runs.find('ease-1'))?.problem).toMatch(/2097152 of 2097159 bytes/);
  });

  it('never leaves a removed run active, whoever is first', async () => {
    const other = new PostgresRuns(
      connect(`${connection.address.url}?schema=${connection.address.schema}`),
    );
    await runs.publish('ease-0', small());
    for (let round = 1; round <= 20; round++) {
      const id = `ease-${round}`;
      await runs.publish(id, small());
      const outcomes = await Promise.allSettled([other.activate(id), runs.remove(id)]);
      const [activated, removed] = outcomes.map(({ status }) => status === 'fulfilled');
      expect(activated).toBe(!removed);
      const { active } = await runs.state();
      expect(active === id).toBe(activated);
      expect((await runs.find(id)) !== null).toBe(activated);
    }
  });

  it('raises its version with every change that others should see', async () => {
    const { version } = await runs.state();
    await runs.publish('ease-1', small());
    await runs.publish('ease-2', small());
    await runs.activate('ease-1');
    await runs.activate('ease-2');
    await runs.rollback('ease-1');
    await runs.remove('ease-2');
    expect((await runs.state()).version).toBe(version + 6);
  });

  it('keeps documents', async () => {
    const place = { run: 'ease-1', name: 'test.json' };
    expect(await runs.document(place)).toBeNull();
    await runs.keepDocument(place, '{"a": 1}');
    await runs.keepDocument(place, '{"a": "ü"}');
    await runs.keepDocument({ run: 'ease-0', name: 'report.html' }, '<p>');
    expect(await runs.document(place)).toBe('{"a": "ü"}');
    expect(await runs.documents()).toEqual([{ run: 'ease-0', name: 'report.html' }, place]);
    await runs.removeDocuments('ease-1');
    expect(await runs.documents()).toEqual([{ run: 'ease-0', name: 'report.html' }]);
  });

  it('has an identity of its own', async () => {
    const other = connect(server.newSchema());
    await openSchema(other, { create: true });
    expect(await runs.identity()).toBe(await new PostgresRuns(connection).identity());
    expect(await runs.identity()).not.toBe(await new PostgresRuns(other).identity());
  });

  it('says that a store which is gone cannot be reached, and goes on when it is back', async () => {
    await runs.publish('ease-1', withLarge());
    const reading = runs.read('ease-1', 'weights')[Symbol.asyncIterator]();
    await reading.next();
    await server.down('immediate');
    try {
      await expect(reading.next()).rejects.toThrow(StorageError);
      await expect(runs.state()).rejects.toThrow(StorageError);
      await expect(runs.publish('ease-2', small())).rejects.toThrow(StorageError);
    } finally {
      await server.up();
    }
    await expect.poll(() => runs.state().catch(() => null)).not.toBeNull();
    expect((await contentsOf('ease-1', 'weights')).equals(large)).toBe(true);
    expect(await runs.find('ease-2')).toBeNull();
  });
});
