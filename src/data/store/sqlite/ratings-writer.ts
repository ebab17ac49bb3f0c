/** Writes an import into the database. */
import type { Database, Statement } from 'better-sqlite3';
import { HomeError } from '../../../errors.js';
import type { ClickRule } from '../../click.js';
import { IdIndex } from '../../files/id-index.js';
import type { ItemRow } from '../../files/items/item-row.js';
import type { Scale } from '../../files/rating.js';
import { RatingList, rowsByUser } from '../../files/rating-list.js';
import { recountFeedback } from './feedback/feedback-counts.js';
import { emptyLog, type HeldFile } from './held-file.js';
import { History } from './history.js';
import { HistoryMerge, type StoredHistory } from './history-merge.js';
import { ItemIntake, type ItemsOutcome } from './items/item-intake.js';
import { ItemWriter } from './items/item-writer.js';
import { keepOwnItems } from './items/own-items.js';
import { keepAncestor, rebuildSearch } from './schema.js';

/** `new`: the home is empty. `replace`: its data set is deleted. `append`: rows are added to its data set. */
export type ImportMode = 'new' | 'replace' | 'append';

/** The description that an import stores when it ends. */
export interface ImportRecord {
  readonly name: string;
  readonly dataHash: string;
  readonly scale: Scale | null;
  readonly files: readonly string[];
  /** Whether the feedback of the home is deleted. */
  readonly dropFeedback: boolean;
}

/**
 * Ratings in memory, 48 MB of them, before they are written user by user. With a file sorted by user, each history is
 * written once. With a file in random order, each history is written once per this many rows.
 */
const rowsHeld = 2_000_000;

/** A position has 32 bits. */
const maxRows = 2 ** 31 - 1;

/** What is a click in the data that an import leaves. */
export interface WriterRule extends ClickRule {
  /** What `clickCounts` goes by; a training may choose another threshold. */
  readonly threshold: number;
}

/** One import as one transaction. `commit` or `rollback` ends it; if the process dies, it is rolled back. */
export class RatingsWriter {
  /** The reader of the file adds new ids here; the writer stores them. */
  readonly users = new IdIndex();
  readonly items = new IdIndex();
  /** What is a click after this import. */
  readonly rule: WriterRule;
  /** New (user, item) pairs. */
  stored = 0;
  /** Rows of a pair that was stored already. Rating and timestamp were replaced; the position stayed. */
  updated = 0;
  /** Feedback events that were deleted. */
  droppedFeedback = 0;

  readonly #db: Database;
  readonly #file: HeldFile;
  readonly #held = new RatingList();
  #position = 0;
  #storedBefore = 0;
  #usersStored = 0;
  #itemsStored = 0;
  /** By item: its number of users, now and in the database. */
  #counts = new Int32Array(1024);
  #countsStored = new Int32Array(0);
  /** By user: how many stored ratings are a click. */
  #clicks = new Int32Array(1024);
  readonly #merge = new HistoryMerge();
  readonly #readHistory: Statement;
  readonly #writeHistory: Statement;
  readonly #insertUser: Statement;
  readonly #insertItem: Statement;
  readonly #intake: ItemIntake;

  /** Called by `RatingsDatabase.write` alone. */
  constructor(db: Database, file: HeldFile, mode: ImportMode, rule: WriterRule) {
    this.#db = db;
    this.#file = file;
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
    this.#load();
  }

  #load(): void {
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
    this.#countsStored = Int32Array.from(counts);
    this.#counts = Int32Array.from(counts);
    this.#usersStored = this.users.ids.length;
    this.#itemsStored = this.items.ids.length;
    this.#clicks = new Int32Array(Math.max(1024, this.#usersStored));
    const histories = this.#db.prepare('SELECT user_index, ratings, weights FROM histories').raw();
    for (const row of histories.iterate()) {
      const [user, bytes, weights] = row as [number, Buffer, Buffer | null];
      this.#clicks[user] = new History(bytes, weights).clicks(this.rule);
    }
  }

  /** The clicks among the stored ratings, and how many users have fewer than a minimum. Valid after `commit`. */
  clickCounts(minClicks: number): { clicks: number; usersBelow: number } {
    let clicks = 0;
    let usersBelow = 0;
    for (let user = 0; user < this.#usersStored; user++) {
      clicks += this.#clicks[user]!;
      if (this.#clicks[user]! < minClicks) usersBelow++;
    }
    return { clicks, usersBelow };
  }

  /**
   * Stores accepted rows, in file order. A repeated (user, item) keeps its first position, and its weights add up: rows
   * without one weigh 1 where others of the home have one.
   *
   * @throws HomeError when there are more rows than a position can count
   */
  addRatings(ratings: RatingList): void {
    if (this.#position + this.#held.count + ratings.count > maxRows) {
      throw new HomeError(
        `${this.#file.path} cannot take more than ${maxRows} rows, repeated ones included; leave rows out, or import them into another home with --home`,
      );
    }
    this.#held.append(ratings);
    if (this.#held.count >= rowsHeld) this.#use(() => this.#writeHeld());
  }

  /** Takes rows of a file of items, of rated ones and of others; a later one of the same item replaces it. */
  addItems(rows: readonly ItemRow[]): void {
    this.#use(() => this.#intake.add(rows));
  }

  /** Stores the items that were added; `availability` names the field that says whether one is to be had. */
  storeItems(availability?: string): ItemsOutcome {
    return this.#use(() => {
      this.#writeHeld();
      const items = new ItemWriter(this.#db, { own: false, isBulk: true });
      const outcome = this.#intake.store(items, {
        availability,
        onCreated: (itemId) => void this.items.indexOf(itemId),
        isRated: (itemId) => this.#counts[this.items.indexOf(itemId)]! > 0,
      });
      this.#itemsStored = this.items.ids.length;
      return outcome;
    });
  }

  /**
   * Makes the whole import visible and durable.
   *
   * Feedback stays, also when other data replace the old ones: it names users and items by their ids. It is deleted
   * only when the record says so.
   */
  commit(record: ImportRecord): void {
    this.#use(() => {
      this.#writeHeld();
      const ratedItems = this.#writeCounts();
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
          items: ratedItems,
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
  }

  /** Undoes the whole import. Does nothing after a commit. */
  rollback(): void {
    if (!this.#db.open) return;
    // SQLite itself may have undone it, when the disk was full.
    if (this.#db.inTransaction) this.#file.use(() => this.#db.exec('ROLLBACK'));
    emptyLog(this.#db);
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
    if (this.#counts.length < items.ids.length) {
      const larger = new Int32Array(2 * items.ids.length);
      larger.set(this.#counts);
      this.#counts = larger;
    }
    if (this.#clicks.length < users.ids.length) {
      const larger = new Int32Array(2 * users.ids.length);
      larger.set(this.#clicks);
      this.#clicks = larger;
    }
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

  /** Stores the number of users of each item. Returns the number of items with a rating. */
  #writeCounts(): number {
    const set = this.#db.prepare('UPDATE items SET ratings = ? WHERE item_index = ?');
    let rated = 0;
    this.#counts.forEach((count, item) => {
      if (count !== (this.#countsStored[item] ?? 0)) set.run(count, item);
      if (count > 0) rated++;
    });
    return rated;
  }

  /** Adds rows in memory to a user's history. */
  #writeHistoryOf(user: number, rows: Int32Array): void {
    const stored = this.#readHistory.get(user) as StoredHistory | undefined;
    const added = { list: this.#held, rows, position: this.#position };
    let newItems = 0;
    const [ratings, weights] = this.#merge.merge(stored, added, (item) => {
      this.#counts[item]!++;
      newItems++;
    });
    this.#writeHistory.run(user, ratings, weights);
    this.#clicks[user] = new History(ratings, weights).clicks(this.rule);
    this.stored += newItems;
    this.updated += rows.length - newItems;
  }
}
