/** Writes items: the one way by which an import, a file of items and HTTP change them. */
import type { Database, Statement } from 'better-sqlite3';
import type { FieldValue, ItemFields } from '../../../items/fields.js';
import { FieldRegistry } from './field-registry.js';

/** What is said of an item. What is absent stays as it is, or gets its default where the item is written whole. */
export interface ItemChange {
  readonly itemId: string;
  /** Null or absent: none. */
  readonly title?: string | null | undefined;
  readonly year?: number | null | undefined;
  /** The categories; absent: none. */
  readonly genres?: readonly string[] | undefined;
  /** Whether an answer may hold the item. Default: true. */
  readonly available?: boolean | undefined;
  /** By name; null removes a field. */
  readonly fields?: Readonly<Record<string, FieldValue | null>> | undefined;
}

/** What became of an item. */
export type ItemOutcome = 'created' | 'changed' | 'unchanged';

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
  readonly #own: 0 | 1;
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
    this.#own = own ? 1 : 0;
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
      'UPDATE items SET feedback_users = (SELECT count(DISTINCT user_id) FROM feedback WHERE item_id = items.id) WHERE item_index = ?',
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
    const { title = null, year = null, genres = [], available = true, fields = {} } = change;
    return this.#store({ ...change, title, year, genres, available, fields }, { keep: false });
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
    const before = stored ?? this.#create(itemId);
    this.#update(stored, before.item, { ...nothing, own: 1, removed: 1, addedAt: before.addedAt });
    return true;
  }

  #store(change: ItemChange, { keep }: { readonly keep: boolean }): ItemOutcome {
    const stored = this.#stored(change.itemId);
    const isNew = stored === undefined || stored.removed === 1;
    const before = stored ?? this.#create(change.itemId);
    const { title, year, genres, available } = change;
    const values = {
      title: title === undefined ? before.title : title,
      year: year === undefined ? before.year : year,
      genres: genres === undefined ? before.genres : JSON.stringify(genres),
      available: available === undefined ? before.available : available ? 1 : 0,
      fields: this.#fieldsOf(keep ? JSON.parse(before.fields) : {}, change.fields ?? {}),
      addedAt: isNew ? this.#now : before.addedAt,
      own: before.own === 1 ? 1 : this.#own,
      removed: 0,
    } as const;
    const isSame =
      !isNew && JSON.stringify({ item: before.item, ...values }) === JSON.stringify(before);
    if (isSame) return 'unchanged';
    this.#update(stored, before.item, values);
    return isNew ? 'created' : 'changed';
  }

  #fieldsOf(before: ItemFields, change: Readonly<Record<string, FieldValue | null>>): string {
    const fields = new Map(Object.entries(before));
    for (const [name, value] of Object.entries(change)) {
      if (value === null) fields.delete(name);
      else fields.set(name, this.fields.accept(name, value));
    }
    return JSON.stringify(Object.fromEntries(fields));
  }

  #create(itemId: string): StoredValues {
    const item = Number(this.#insert.run(itemId).lastInsertRowid);
    const created: StoredValues = {
      item,
      ...nothing,
      addedAt: null,
      own: 0,
      removed: 0,
    };
    // An item of feedback alone has been clicked before it is stored.
    if (!this.#isBulk) this.#countFeedback.run(item);
    return created;
  }

  /** @param before - undefined for an item that was just created, whose name the search index does not have */
  #update(
    before: StoredValues | undefined,
    item: number,
    values: Omit<StoredValues, 'item'>,
  ): void {
    const isRenamed = !this.#isBulk && (before === undefined || values.title !== before.title);
    if (isRenamed && before !== undefined) this.#forgetName.run(item);
    this.#write.run({ ...values, item, version: this.#raised() });
    if (isRenamed) this.#indexName.run(item);
  }

  #stored(itemId: string): StoredValues | undefined {
    return this.#read.get(itemId) as StoredValues | undefined;
  }

  #raised(): number {
    this.#version ??= this.#db
      .prepare('UPDATE catalogue SET version = version + 1 RETURNING version')
      .pluck()
      .get() as number;
    return this.#version;
  }
}

/** A row of the table; the order of its properties is that of the query. */
interface StoredValues {
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

const nothing = { title: null, year: null, genres: '[]', available: 1, fields: '{}' } as const;
