/** Writes an import into the database. */
import type { Database, Statement } from 'better-sqlite3';
import { HomeError } from '../../../errors.js';
import { IdIndex } from '../../files/id-index.js';
import type { ItemRow } from '../../files/items/item-row.js';
import { RatingList, rowsByUser } from '../../files/rating-list.js';
import {
  type ImportMode,
  type ImportRecord,
  maxRows,
  type RatingsWriter,
  rowsHeld,
  type WriterRule,
} from '../dataset.js';
import { HistoryMerge, type StoredHistory } from '../histories/history-merge.js';
import { ImportTally } from '../histories/import-tally.js';
import type { ItemsOutcome } from '../items/item-typing.js';
import { recountFeedback } from './feedback/feedback-counts.js';
import { emptyLog, type HeldFile, type WritingConnection } from './held-file.js';
import { ItemIntake } from './items/item-intake.js';
import { ItemWriter } from './items/item-writer.js';
import { keepOwnItems } from './items/own-items.js';
import { keepAncestor, rebuildSearch } from './schema.js';

/** One import as one transaction, on a connection of its own. */
export class SqliteRatingsWriter implements RatingsWriter {
  readonly users = new IdIndex();
  readonly items = new IdIndex();
  readonly rule: WriterRule;
  droppedFeedback = 0;

  readonly #db: Database;
  readonly #file: HeldFile;
  readonly #close: () => void;
  readonly #held = new RatingList();
  #position = 0;
  #storedBefore = 0;
  #usersStored = 0;
  #itemsStored = 0;
  readonly #tally: ImportTally;
  readonly #merge = new HistoryMerge();
  readonly #readHistory: Statement;
  readonly #writeHistory: Statement;
  readonly #insertUser: Statement;
  readonly #insertItem: Statement;
  readonly #intake: ItemIntake;

  /** Called by `RatingsDatabase.write` alone. */
  constructor({ db, file, close }: WritingConnection, mode: ImportMode, rule: WriterRule) {
    this.#db = db;
    this.#file = file;
    this.#close = close;
    this.rule = rule;
    db.pragma('cache_size = -65536');
    // Long enough for a feedback write to finish. Another import takes longer, and then this one fails at once.
    db.pragma('busy_timeout = 1000');
    db.exec('BEGIN IMMEDIATE');
    if (mode === 'replace') {
      // The pages of the people who go are overwritten too.
      db.pragma('secure_delete = ON');
      db.exec(
        'DELETE FROM histories; DELETE FROM users; DELETE FROM dataset; DELETE FROM ancestors',
      );
      keepOwnItems(db);
    }
    this.#readHistory = db
      .prepare('SELECT ratings, weights FROM histories WHERE user_index = ?')
      .raw();
    this.#writeHistory = db.prepare('INSERT OR REPLACE INTO histories VALUES (?, ?, ?)');
    this.#insertUser = db.prepare('INSERT INTO users VALUES (?, ?)');
    this.#insertItem = db.prepare(
      `INSERT INTO items (item_index, id, added_at) VALUES (?, ?, ${Date.now() / 1000})`,
    );
    this.#intake = new ItemIntake(db);
    this.#tally = this.#load();
  }

  #load(): ImportTally {
    const before = this.#db.prepare('SELECT ratings, rows_accepted FROM dataset').get() as
      | { ratings: number; rows_accepted: number }
      | undefined;
    this.#position = before?.rows_accepted ?? 0;
    this.#storedBefore = before?.ratings ?? 0;
    const users = this.#db.prepare('SELECT id FROM users ORDER BY user_index').pluck();
    for (const id of users.iterate()) this.users.indexOf(id as string);
    const items = this.#db.prepare('SELECT id, ratings FROM items ORDER BY item_index').raw();
    const counts: number[] = [];
    for (const row of items.iterate()) {
      const [id, ratings] = row as [string, number];
      counts[this.items.indexOf(id)] = ratings;
    }
    this.#usersStored = this.users.ids.length;
    this.#itemsStored = this.items.ids.length;
    const tally = new ImportTally(Int32Array.from(counts), this.rule);
    const histories = this.#db.prepare('SELECT user_index, ratings, weights FROM histories').raw();
    for (const row of histories.iterate()) {
      const [user, bytes, weights] = row as [number, Buffer, Buffer | null];
      tally.history(user, [bytes, weights]);
    }
    return tally;
  }

  get stored(): number {
    return this.#tally.stored;
  }

  get updated(): number {
    return this.#tally.updated;
  }

  clickCounts(minClicks: number): { clicks: number; usersBelow: number } {
    return this.#tally.clickCounts(this.#usersStored, minClicks);
  }

  async addRatings(ratings: RatingList): Promise<void> {
    if (this.#position + this.#held.count + ratings.count > maxRows) {
      throw new HomeError(
        `${this.#file.path} cannot take more than ${maxRows} rows, repeated ones included; leave rows out, or import them into another home with --home`,
      );
    }
    this.#held.append(ratings);
    if (this.#held.count >= rowsHeld) this.#use(() => this.#writeHeld());
  }

  async addItems(rows: readonly ItemRow[]): Promise<void> {
    this.#use(() => this.#intake.add(rows));
  }

  async storeItems(availability?: string): Promise<ItemsOutcome> {
    return this.#use(() => {
      this.#writeHeld();
      const items = new ItemWriter(this.#db, { own: false, isBulk: true });
      const outcome = this.#intake.store(items, {
        availability,
        onCreated: (itemId) => void this.items.indexOf(itemId),
        isRated: (itemId) => this.#tally.usersOf(this.items.indexOf(itemId)) > 0,
      });
      this.#itemsStored = this.items.ids.length;
      return outcome;
    });
  }

  async commit(record: ImportRecord): Promise<void> {
    this.#use(() => {
      this.#writeHeld();
      this.#writeCounts();
      this.#db.exec(rebuildSearch);
      if (record.dropFeedback) {
        this.#db.pragma('secure_delete = ON');
        this.droppedFeedback = this.#db.prepare('DELETE FROM feedback').run().changes;
      }
      recountFeedback(this.#db);
      keepAncestor(this.#db);
      this.#db
        .prepare(
          'INSERT OR REPLACE INTO dataset VALUES (0, @name, @dataHash, @users, @items, @catalogue, @ratings, @position, @low, @high, @files, @importedAt, @minWeight)',
        )
        .run({
          name: record.name,
          dataHash: record.dataHash,
          users: this.#usersStored,
          items: this.#tally.ratedItems,
          catalogue: this.#itemsStored,
          ratings: this.#storedBefore + this.stored,
          position: this.#position,
          low: record.scale?.low ?? null,
          high: record.scale?.high ?? null,
          minWeight: this.rule.minWeight,
          files: JSON.stringify(record.files),
          importedAt: new Date().toISOString(),
        });
      this.#file.confirmFor(this.#db);
      this.#db.exec('COMMIT');
    });
    // What was committed is safe in the log, so the import has succeeded even where a reader or a full disk keeps it long.
    emptyLog(this.#db);
    this.#close();
  }

  async rollback(): Promise<void> {
    if (!this.#db.open) return;
    // SQLite itself may have undone it, when the disk was full.
    if (this.#db.inTransaction) this.#file.use(() => this.#db.exec('ROLLBACK'));
    emptyLog(this.#db);
    this.#close();
  }

  /** @throws StorageError when the file was removed or replaced, and in place of SQLite's errors */
  #use<T>(write: () => T): T {
    this.#file.confirmFor(this.#db);
    return this.#file.use(write);
  }

  #writeHeld(): void {
    const { users, items } = this;
    for (; this.#usersStored < users.ids.length; this.#usersStored++) {
      this.#insertUser.run(this.#usersStored, users.ids[this.#usersStored]);
    }
    for (; this.#itemsStored < items.ids.length; this.#itemsStored++) {
      this.#insertItem.run(this.#itemsStored, items.ids[this.#itemsStored]);
    }
    this.#merge.fit(items.ids.length);
    this.#tally.fit(users.ids.length, items.ids.length);
    const { count } = this.#held;
    const { starts, rows } = rowsByUser(this.#held, users.ids.length);
    for (let user = 0; user < users.ids.length; user++) {
      if (starts[user]! < starts[user + 1]!) {
        this.#writeHistoryOf(user, rows.subarray(starts[user]!, starts[user + 1]!));
      }
    }
    this.#position += count;
    this.#held.clear();
  }

  /** Stores the number of users of each item. */
  #writeCounts(): void {
    const set = this.#db.prepare('UPDATE items SET ratings = ? WHERE item_index = ?');
    for (const [item, users] of this.#tally.changedItems()) set.run(users, item);
  }

  /** Adds rows in memory to a user's history. */
  #writeHistoryOf(user: number, rows: Int32Array): void {
    const stored = this.#readHistory.get(user) as StoredHistory | undefined;
    const added = { list: this.#held, rows, position: this.#position };
    const before = this.stored;
    const merged = this.#merge.merge(stored, added, (item) => this.#tally.pair(item));
    this.#writeHistory.run(user, ...merged);
    this.#tally.history(user, merged);
    this.#tally.updated += rows.length - (this.stored - before);
  }
}
