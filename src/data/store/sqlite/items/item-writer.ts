/** Writes items: the one way by which an import, a file of items and HTTP change them. */
import type { Database, Statement } from 'better-sqlite3';
import {
  changedItem,
  type ItemChange,
  type ItemOutcome,
  type ItemValues,
  removedItem,
} from '../../items/item-change.js';
import { isCounted } from '../feedback/feedback-counts.js';
import { FieldRegistry } from './field-registry.js';

/** How items are written. */
export interface ItemWriterOptions {
  /** Whether the items stay when an import replaces the ratings. Default: true. */
  readonly own?: boolean;
  /**
   * Whether the caller rebuilds the search index and counts feedback anew at the end, which is faster for many items.
   * Default: false.
   */
  readonly isBulk?: boolean;
}

/**
 * Changes items in a transaction of the caller's. Each writer that changes something raises the catalogue's version
 * by one, and the changed items carry it, so that readers fetch only these. No change of an item touches ratings or
 * their hash.
 */
export class ItemWriter {
  readonly fields: FieldRegistry;
  readonly #db: Database;
  readonly #own: boolean;
  readonly #isBulk: boolean;
  readonly #read: Statement;
  readonly #write: Statement;
  readonly #insert: Statement;
  readonly #knows: Statement;
  readonly #forgetName: Statement;
  readonly #indexName: Statement;
  readonly #countFeedback: Statement;
  /** Seconds since 1970. */
  readonly #now = Date.now() / 1000;
  /** The version of this writer's changes; null before the first. */
  #version: number | null = null;

  constructor(db: Database, { own = true, isBulk = false }: ItemWriterOptions = {}) {
    this.#db = db;
    this.#own = own;
    this.#isBulk = isBulk;
    this.fields = new FieldRegistry(db);
    this.#read = db.prepare(
      `SELECT item_index AS item, title, year, genres, available, fields, added_at AS addedAt, own, removed
       FROM items WHERE id = ?`,
    );
    this.#insert = db.prepare(
      'INSERT INTO items (item_index, id) SELECT coalesce(max(item_index), -1) + 1, ? FROM items',
    );
    this.#knows = db
      .prepare(
        `SELECT coalesce(
           (SELECT NOT removed FROM items WHERE id = @itemId),
           EXISTS (SELECT 1 FROM feedback WHERE item_id = @itemId)
         )`,
      )
      .pluck();
    // The index forgets a name only if it is told the text that it has.
    this.#forgetName = db.prepare(
      "INSERT INTO item_search (item_search, rowid, name) SELECT 'delete', item_index, name FROM item_names WHERE item_index = ?",
    );
    this.#indexName = db.prepare(
      'INSERT INTO item_search (rowid, name) SELECT item_index, name FROM item_names WHERE item_index = ?',
    );
    this.#countFeedback = db.prepare(
      `UPDATE items SET feedback_users = (
         SELECT count(DISTINCT user_id) FROM feedback WHERE item_id = items.id AND ${isCounted}
       ) WHERE item_index = ?`,
    );
    this.#write = db.prepare(
      `UPDATE items SET title = @title, year = @year, genres = @genres, available = @available,
         fields = @fields, added_at = @addedAt, own = @own, removed = @removed, changed = @version
       WHERE item_index = @item`,
    );
  }

  /** Whether an item is stored and not removed, or is one of feedback. */
  knows(itemId: string): boolean {
    return this.#knows.get({ itemId }) === 1;
  }

  /** Writes an item whole: what the change leaves out gets its default. @throws ArgumentError for a field's value */
  put(change: ItemChange): ItemOutcome {
    return this.#store(change, { keep: false });
  }

  /** Changes what the change names, and adds an item that is new. @throws ArgumentError for a field's value */
  merge(change: ItemChange): ItemOutcome {
    return this.#store(change, { keep: true });
  }

  /**
   * Removes an item from every answer and search. Its ratings stay, and so does its place in the click matrix. It comes
   * back when it is written again. Gives false for an item that is not known, or removed already.
   */
  remove(itemId: string): boolean {
    if (!this.knows(itemId)) return false;
    const stored = this.#stored(itemId);
    this.#update(stored, stored?.item ?? this.#create(itemId), removedItem(stored));
    return true;
  }

  #store(change: ItemChange, { keep }: { readonly keep: boolean }): ItemOutcome {
    const stored = this.#stored(change.itemId);
    const { outcome, values } = changedItem(stored, change, {
      keep,
      now: this.#now,
      own: this.#own,
      types: this.fields,
    });
    if (values !== null) this.#update(stored, stored?.item ?? this.#create(change.itemId), values);
    return outcome;
  }

  #create(itemId: string): number {
    const item = Number(this.#insert.run(itemId).lastInsertRowid);
    // An item of feedback alone has been clicked before it is stored.
    if (!this.#isBulk) this.#countFeedback.run(item);
    return item;
  }

  /** @param before - null for an item that was just created, whose name the search index does not have */
  #update(before: StoredValues | null, item: number, values: ItemValues): void {
    const isRenamed = !this.#isBulk && (before === null || values.title !== before.title);
    if (isRenamed && before !== null) this.#forgetName.run(item);
    const { title, year, addedAt } = values;
    this.#write.run({
      item,
      title,
      year,
      genres: JSON.stringify(values.genres),
      available: Number(values.available),
      fields: JSON.stringify(values.fields),
      addedAt,
      own: Number(values.own),
      removed: Number(values.removed),
      version: this.#raised(),
    });
    if (isRenamed) this.#indexName.run(item);
  }

  #stored(itemId: string): StoredValues | null {
    const row = this.#read.get(itemId) as StoredRow | undefined;
    if (row === undefined) return null;
    const { genres, fields, available, own, removed } = row;
    return {
      ...row,
      genres: JSON.parse(genres),
      fields: JSON.parse(fields),
      available: available === 1,
      own: own === 1,
      removed: removed === 1,
    };
  }

  #raised(): number {
    this.#version ??= this.#db
      .prepare('UPDATE catalogue SET version = version + 1 RETURNING version')
      .pluck()
      .get() as number;
    return this.#version;
  }
}

interface StoredValues extends ItemValues {
  readonly item: number;
}

interface StoredRow {
  readonly item: number;
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
  readonly available: 0 | 1;
  readonly fields: string;
  readonly addedAt: number | null;
  readonly own: 0 | 1;
  readonly removed: 0 | 1;
}
