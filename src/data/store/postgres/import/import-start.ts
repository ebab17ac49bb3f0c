/** Begins an import, and reads what it begins with. */
import { BusyError, StorageError } from '../../../../errors.js';
import { IdIndex } from '../../../files/id-index.js';
import type { ImportMode, WriterRule } from '../../dataset.js';
import { ImportTally } from '../../histories/import-tally.js';
import type { Connection } from '../connection.js';
import { storedHistories } from '../histories/stored-histories.js';
import type { Session } from '../session.js';
import type { Transaction } from '../transaction.js';

/** What is stored when an import begins; for one that replaces the data, what will stay of it. */
export interface ImportStart {
  readonly users: IdIndex;
  readonly items: IdIndex;
  readonly tally: ImportTally;
  /** Stored pairs. */
  readonly ratings: number;
  /** Where the next position begins. */
  readonly position: number;
}

/** Reads it in the transaction of the import, which has deleted users and histories where it replaces them. */
export async function readStart(
  session: Session,
  mode: ImportMode,
  rule: WriterRule,
): Promise<ImportStart> {
  const [before] = await session.query<{ ratings: number; rows_accepted: number }>(
    'SELECT ratings, rows_accepted FROM store.dataset',
  );
  const users = new IdIndex();
  const ids = await session.query<{ id: string }>('SELECT id FROM store.users ORDER BY user_index');
  for (const { id } of ids) users.indexOf(id);
  const items = new IdIndex();
  // An import that replaces the data keeps the shop's own items. It touches their rows in the end.
  const isKept = mode === 'replace' ? 'WHERE own' : '';
  const rows = await session.query<{ id: string; ratings: number }>(
    `SELECT id, ratings FROM store.items ${isKept} ORDER BY item_index`,
  );
  const counts = rows.map(({ id, ratings }) => {
    items.indexOf(id);
    return mode === 'replace' ? 0 : ratings;
  });
  const tally = new ImportTally(Int32Array.from(counts), rule);
  for await (const histories of storedHistories(session)) {
    for (const [user, history] of histories) tally.history(user, history);
  }
  return {
    users,
    items,
    tally,
    ratings: before?.ratings ?? 0,
    position: before?.rows_accepted ?? 0,
  };
}

/** Begins a transaction that no other import runs beside. @throws StorageError */
export async function beginAlone(connection: Connection): Promise<Transaction> {
  try {
    return await connection.begin({ imports: 'alone', long: true });
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    throw new StorageError(
      'busy',
      `${connection.address.shown} cannot be read or written: another process is writing it; wait for it to finish and try again`,
    );
  }
}
