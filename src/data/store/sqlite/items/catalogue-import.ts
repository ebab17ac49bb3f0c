/** Imports items alone, as one transaction: it touches no rating. */
import type { Database } from 'better-sqlite3';
import type { ItemRow } from '../../../files/items/item-row.js';
import type { CatalogueImport } from '../../item-writes.js';
import type { ItemsOutcome } from '../../items/item-typing.js';
import { recountFeedback } from '../feedback/feedback-counts.js';
import { emptyLog, type HeldFile, type WritingConnection } from '../held-file.js';
import { rebuildSearch } from '../schema.js';
import { ItemIntake } from './item-intake.js';
import { ItemWriter } from './item-writer.js';

/** One import of items, on a connection of its own. */
export class SqliteCatalogueImport implements CatalogueImport {
  readonly #db: Database;
  readonly #file: HeldFile;
  readonly #close: () => void;
  readonly #intake: ItemIntake;

  /** Called by `RatingsDatabase.writeItems` alone. */
  constructor({ db, file, close }: WritingConnection) {
    this.#db = db;
    this.#file = file;
    this.#close = close;
    // Long enough for a feedback write to finish. Another import takes longer, and then this one fails at once.
    db.pragma('busy_timeout = 1000');
    db.exec('BEGIN IMMEDIATE');
    this.#intake = new ItemIntake(db);
  }

  async add(rows: readonly ItemRow[]): Promise<void> {
    this.#use(() => this.#intake.add(rows));
  }

  async commit(options: {
    readonly availability?: string | undefined;
    readonly isWhole: boolean;
  }): Promise<ItemsOutcome & { readonly removed: number }> {
    const outcome = this.#use(() => {
      const writer = new ItemWriter(this.#db, { isBulk: true });
      const ids = options.isWhole ? this.#intake.ids() : null;
      const rated = this.#db.prepare('SELECT 1 FROM items WHERE id = ? AND ratings > 0');
      const isRated = (itemId: string) => rated.get(itemId) !== undefined;
      const stored = this.#intake.store(writer, { ...options, isRated });
      const removed = ids === null ? 0 : this.#removeOthers(writer, ids);
      this.#db.exec(rebuildSearch);
      recountFeedback(this.#db);
      this.#file.confirmFor(this.#db);
      this.#db.exec('COMMIT');
      return { ...stored, removed };
    });
    emptyLog(this.#db);
    this.#close();
    return outcome;
  }

  async rollback(): Promise<void> {
    if (!this.#db.open) return;
    // SQLite itself may have undone it, when the disk was full.
    if (this.#db.inTransaction) this.#file.use(() => this.#db.exec('ROLLBACK'));
    emptyLog(this.#db);
    this.#close();
  }

  #removeOthers(writer: ItemWriter, kept: ReadonlySet<string>): number {
    const all = this.#db
      .prepare('SELECT id FROM items WHERE NOT removed')
      .pluck()
      .all() as string[];
    return all.filter((id) => !kept.has(id) && writer.remove(id)).length;
  }

  /** @throws StorageError when the file was removed or replaced, and in place of SQLite's errors */
  #use<T>(write: () => T): T {
    this.#file.confirmFor(this.#db);
    return this.#file.use(write);
  }
}
