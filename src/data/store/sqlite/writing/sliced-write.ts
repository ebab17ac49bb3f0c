/** Runs one long write in slices, so that other requests are answered meanwhile. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { HomeError } from '../../../../errors.js';
import { storageFault } from '../../../../storage/faults.js';
import { HeldFile } from '../held-file.js';
import { busyError, openForWriting, patienceMs, retryMs } from './write-queue.js';

/** How long a slice takes. */
const sliceMs = 10;

/** A write that takes long. */
export interface LongWrite<T> {
  readonly home: string;
  /** Changes a little in each step, and returns the result. */
  readonly steps: (db: Database) => Iterator<void, T>;
  /** Ends the write: nothing is stored then. */
  readonly signal: AbortSignal;
}

/**
 * Runs a write in one transaction on a connection of its own, over as many turns of the event loop as it takes. When the
 * promise resolves, the disk has the change. Other writes wait, or fail as while an import runs.
 *
 * @throws BusyError when another process writes for longer than a second
 * @throws HomeError when the database cannot be written, or the signal came; and whatever a step throws
 */
export async function writeInSlices<T>({ home, steps, signal }: LongWrite<T>): Promise<T> {
  const file = HeldFile.at(join(home, 'multvae.db'));
  file.confirm();
  const { db, close } = file.connect(
    () => openForWriting(home),
    () => undefined,
  );
  const step = <R>(use: () => R): R => {
    if (signal.aborted) throw new HomeError(`the home ${home} is closed`);
    file.confirmFor(db);
    return file.use(use);
  };
  try {
    await begin(() => step(() => db.exec('BEGIN IMMEDIATE')));
    const iterator = step(() => steps(db));
    for (;;) {
      const state = step(() => slice(iterator));
      if (state.done) {
        step(() => db.exec('COMMIT'));
        return state.value;
      }
      await new Promise(setImmediate);
    }
  } catch (error) {
    if (db.open && db.inTransaction) file.use(() => db.exec('ROLLBACK'));
    throw error;
  } finally {
    close();
  }
}

function slice<T>(iterator: Iterator<void, T>): IteratorResult<void, T> {
  const end = performance.now() + sliceMs;
  for (;;) {
    const state = iterator.next();
    if (state.done || performance.now() > end) return state;
  }
}

/** Retries while another process writes. */
async function begin(tryToBegin: () => void): Promise<void> {
  const since = performance.now();
  for (;;) {
    try {
      tryToBegin();
      return;
    } catch (error) {
      if (storageFault(error) !== 'busy') throw error;
      if (performance.now() - since >= patienceMs) throw busyError(error);
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}
