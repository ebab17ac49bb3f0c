/** The contents of a store in PostgreSQL as a whole. */
import { HomeError } from '../../../../errors.js';
import {
  type Cell,
  type CopiedContents,
  CountedContents,
  copiedTables,
  type StoreContents,
  summed,
} from '../../copy/contents.js';
import type { CopiedRuns, Filling } from '../../copy/copies.js';
import type { HomePlace } from '../../place.js';
import { addressOf } from '../address.js';
import { Connection } from '../connection.js';
import { keyOf } from '../feedback/feedback-table.js';
import { recountWords } from '../items/own-items.js';
import { writeChunks } from '../runs/chunks.js';
import { openSchema } from '../schema.js';
import type { Session } from '../session.js';
import { empty, whatIsHeld } from './held.js';
import { insert, withKeys } from './insert.js';

/** As `CopyModule` says. */
export async function readContents<T>(
  place: HomePlace,
  use: (contents: StoreContents) => Promise<T>,
): Promise<T> {
  const connection = await opened(place, { create: false });
  try {
    return await connection.snapshot((session) => use(contentsOf(session)), { long: true });
  } finally {
    await connection.close();
  }
}

/** As `CopyModule` says: in one transaction, which other imports and writes wait for. */
export async function fillStore(place: HomePlace, filling: Filling): Promise<CopiedContents> {
  const connection = await opened(place, { create: true });
  try {
    const transaction = await connection.begin({ imports: 'alone', long: true });
    try {
      await transaction.raiseVersion();
      const { session } = transaction;
      const held = await whatIsHeld(session);
      if (held !== null && !filling.replace) throw isHeld(connection.address.shown, held);
      const copied = await fill(session, filling, connection.address.shown);
      await transaction.commit();
      return copied;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  } finally {
    await connection.close();
  }
}

async function opened(
  place: HomePlace,
  options: { readonly create: boolean },
): Promise<Connection> {
  const connection = new Connection(addressOf(place.store!));
  try {
    await openSchema(connection, options);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function fill(
  session: Session,
  { contents, runs }: Filling,
  shown: string,
): Promise<CopiedContents> {
  await empty(session);
  const counted = new CountedContents(contents);
  for (const table of Object.values(copiedTables)) {
    for await (const page of counted.rows(table)) await insert(session, table, page);
  }
  const given = counted.result();
  await session.run(
    `SELECT setval(pg_get_serial_sequence('store.feedback', 'event'), max(event)) FROM store.feedback HAVING max(event) > 0`,
  );
  await session.run(
    `SELECT setval(pg_get_serial_sequence('store.lists', 'entry'), max(entry)) FROM store.lists HAVING max(entry) > 0`,
  );
  await recountWords(session);
  if (runs !== null) await fillRuns(session, runs);
  const { sha256 } = await summed(contentsOf(session));
  if (sha256 !== given.sha256) {
    throw new HomeError(
      `${shown} does not hold what was copied to it; nothing was stored, try again`,
    );
  }
  return given;
}

function contentsOf(session: Session): StoreContents {
  return {
    rows: async function* (table) {
      const names = Object.keys(table.columns);
      const key = names[0]!;
      const isText = table.columns[key as keyof typeof table.columns] === 'text';
      let last: Cell = isText ? '' : -1;
      for (;;) {
        const rows: Record<string, Cell>[] = await session.query(
          `SELECT ${names.join(', ')} FROM store.${table.name} WHERE ${key} > $1
           ORDER BY ${key} LIMIT ${table.rowsAtOnce}`,
          [last],
        );
        if (rows.length === 0) return;
        last = rows.at(-1)![key]!;
        const cells = rows.map((row) => names.map((name) => row[name]!));
        yield withKeys(table, cells, keyOf);
      }
    },
  };
}

async function fillRuns(
  session: Session,
  { runs, activations, documents }: CopiedRuns,
): Promise<void> {
  for (const { id, files } of runs) {
    await session.run(
      `INSERT INTO store.runs (id) VALUES ($1)
       ON CONFLICT (id) DO UPDATE SET removed_at = NULL, published_at = now()`,
      [id],
    );
    for (const [place, file] of files.entries()) {
      await session.run(
        'INSERT INTO store.run_files (run, name, place, bytes, sha256) VALUES ($1, $2, $3, $4, $5)',
        [id, file.name, place, file.bytes, file.sha256],
      );
      await writeChunks(session, id, file);
    }
  }
  for (const { run, name, read } of documents) {
    await session.run('INSERT INTO store.run_documents (run, name, contents) VALUES ($1, $2, $3)', [
      run,
      name,
      await read(),
    ]);
  }
  await session.run('UPDATE store.run_list SET activations = $1, version = version + 1', [
    activations,
  ]);
}

function isHeld(shown: string, held: string): HomeError {
  return new HomeError(
    `${shown} holds ${held}; give --replace to delete that and put the copy in its place, or choose another schema with ?schema=NAME in the URL`,
  );
}
