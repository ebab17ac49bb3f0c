/** The database file of a home, as the connections of this process hold it. */
import { rmSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { StorageError } from '../../../errors.js';
import { storageFault } from '../../../storage/faults.js';
import { translateErrors } from '../../../storage/sqlite/package.js';

/** A read trusts the last look at the file for so long: a look costs 5 µs, a cached answer about 50. */
const trustMs = 1000;

/** The files of a database in write-ahead mode; each says nothing without the others. */
const endings = ['', '-wal', '-shm'] as const;

/** A connection that one import writes on. */
export interface WritingConnection {
  readonly db: Database;
  readonly file: HeldFile;
  readonly close: () => void;
}

/** What holds a connection. */
interface Holder {
  readonly db: Database;
  /** Told after the connection was closed, because the file is no longer the one that was opened. */
  readonly onLost: () => void;
}

/**
 * A database file with all connections of this process to it. A path can lose its file, or get another one, while
 * connections stay on the old one: they would answer from it, and store in it, for ever. So device and inode of the file
 * and of its log are compared with those that were opened: before every commit, and before a read when the last look is
 * a second old. All connections are closed together, because two of them may not have different logs of one file.
 */
export class HeldFile {
  static readonly #files = new Map<string, HeldFile>();

  readonly path: string;
  readonly #holders = new Set<Holder>();
  /** Of each file, when it was opened; null before, and where a read-only file was copied into memory. */
  #opened: readonly (string | null)[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** What a query found wrong in the file, and the state of the file then. */
  #damage: { readonly error: StorageError; readonly state: string | null } | null = null;

  private constructor(path: string) {
    this.path = path;
  }

  /** The file of a path; the same object for all who hold it. */
  static at(path: string): HeldFile {
    const key = resolve(path);
    const known = HeldFile.#files.get(key);
    if (known !== undefined) return known;
    const file = new HeldFile(path);
    HeldFile.#files.set(key, file);
    return file;
  }

  /**
   * Opens a connection that is closed when the file is lost.
   *
   * @param onLost - called after that
   * @returns the connection, and a function that closes it
   */
  connect(open: () => Database, onLost: () => void): { db: Database; close: () => void } {
    if (this.#holders.size > 0 && this.#isLost()) this.#release();
    const db = open();
    try {
      // The first read opens the log.
      translateErrors(this.path, () => db.prepare('SELECT count(*) FROM sqlite_schema').get());
    } catch (error) {
      db.close();
      throw error;
    }
    if (this.#holders.size === 0) this.#opened = this.#identities(db.memory);
    const holder = { db, onLost };
    this.#holders.add(holder);
    const close = () => {
      this.#holders.delete(holder);
      db.close();
    };
    return { db, close };
  }

  /**
   * Looks whether the file is still the one that was opened, when the last look is a second old; if not, closes all
   * connections, so that the caller opens the new file.
   */
  look(): void {
    const now = performance.now();
    if (now - this.#lookedAt < trustMs) return;
    this.#lookedAt = now;
    if (this.#holders.size > 0 && this.#isLost()) this.#release();
  }

  /**
   * Looks at once, before something is said to be stored or ready.
   *
   * @throws StorageError when the file was removed, replaced or found damaged; the next call opens what is there then
   */
  confirm(): void {
    if (this.#holders.size > 0 && this.#isLost()) {
      this.#release();
      throw this.#lost();
    }
    if (this.#damage === null) return;
    if (this.#damage.state === stateOf(this.path)) throw this.#damage.error;
    this.#damage = null;
    this.#release();
  }

  /**
   * Makes sure that a connection still has the file: before it commits what cannot be begun anew.
   *
   * @throws StorageError when the file was removed or replaced
   */
  confirmFor(db: Database): void {
    const isHeld = [...this.#holders].some((holder) => holder.db === db);
    if (!isHeld || this.#isLost()) throw this.#lost();
  }

  /**
   * Runs a query.
   *
   * @throws StorageError in place of SQLite's errors; one of damage is kept for `confirm`
   */
  use<T>(query: () => T): T {
    try {
      return translateErrors(this.path, query);
    } catch (error) {
      const fault = storageFault(error);
      if (error instanceof StorageError && (fault === 'damaged' || fault === 'foreign')) {
        this.#damage ??= { error, state: stateOf(this.path) };
      }
      throw error;
    }
  }

  #lost(): StorageError {
    return stateOf(this.path) === null
      ? new StorageError(
          'replaced',
          `${this.path} was removed while it was in use; put it back, or import again`,
        )
      : new StorageError(
          'replaced',
          `${this.path}, or its write-ahead log, was replaced while it was in use; nothing was stored, try again`,
        );
  }

  #isLost(): boolean {
    const now = this.#identities(this.#isCopy());
    return now.some((identity, k) => identity !== this.#opened[k]);
  }

  #isCopy(): boolean {
    return [...this.#holders].every(({ db }) => db.memory);
  }

  /** A copy in memory has no open file whose inode could not be given away, so its size and time count as well. */
  #identities(isCopy: boolean): (string | null)[] {
    if (isCopy) return [stateOf(this.path)];
    return endings.map((ending) => identityOf(`${this.path}${ending}`));
  }

  /** Closes all connections to a file that is lost, and saves what only they can reach. */
  #release(): void {
    const holders = [...this.#holders];
    const opened = this.#opened;
    const isMoved = opened[0] !== identityOf(this.path);
    this.#holders.clear();
    this.#opened = [];
    this.#damage = null;
    // The file may have another name by now; its log has the last changes.
    for (const { db } of holders) if (!db.inTransaction) emptyLog(db);
    for (const { db, onLost } of holders) {
      db.close();
      onLost();
    }
    if (!isMoved) return;
    // The log of the old file would be taken for the log of the file that comes in its place.
    for (const [k, ending] of endings.entries()) {
      const path = `${this.path}${ending}`;
      if (k > 0 && opened[k] != null && identityOf(path) === opened[k])
        rmSync(path, { force: true });
    }
  }
}

/**
 * Writes the log into the file, and cuts it off: after a large import it is as large as the data.
 *
 * @returns false when a reader is in the way, or the disk refuses; what was committed stays safe in the log
 */
export function emptyLog(db: Database): boolean {
  try {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    return result?.busy === 0;
  } catch (error) {
    if (storageFault(error) === null) throw error;
    return false;
  }
}

/** Device and inode of a file; null where none can be reached. */
function identityOf(path: string): string | null {
  const stat = statOf(path);
  return stat && `${stat.dev}:${stat.ino}`;
}

/** Device, inode, size and time of a file; null where none can be reached. */
function stateOf(path: string): string | null {
  const stat = statOf(path);
  return stat && `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    // Whoever opens the file next is told why.
    return null;
  }
}
