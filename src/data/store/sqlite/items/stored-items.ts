/** Reads what is stored of items: all that an answer shows or filters by. */
import type { Database, Statement } from 'better-sqlite3';
import type { ItemId } from '../../../ids.js';
import type { Field, ItemFields } from '../../../items/fields.js';
import { LargeMap } from '../../../large-map.js';
import type { NewestItem, StoredItem } from '../../catalogue.js';

const columns = 'id, title, year, genres, available AND NOT removed AS available, fields';

/** What is stored of items, and of the fields that they have. */
export class StoredItems {
  readonly #db: Database;
  readonly #item: Statement;
  readonly #changed: Statement;
  readonly #fields: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#item = db.prepare(`SELECT ${columns} FROM items WHERE id = ?`);
    this.#changed = db.prepare(`SELECT ${columns} FROM items WHERE changed > ?`);
    this.#fields = db.prepare('SELECT fields FROM catalogue').pluck();
  }

  /** Every field that some item has or had, in the order of its first appearance. */
  fields(): Field[] {
    return JSON.parse(this.#fields.get() as string);
  }

  /** An item; one without anything for an unknown id. */
  item(itemId: string): StoredItem {
    const row = this.#item.get(itemId) as StoredRow | undefined;
    return row === undefined ? nothing(itemId) : storedItem(row);
  }

  /** The items in the order of the ids, in one pass over everything stored. */
  whole(itemIds: readonly string[]): StoredItem[] {
    const rows = this.#db.prepare(`SELECT ${columns} FROM items`).all() as StoredRow[];
    const items = new LargeMap(rows.map((row) => [row.id, row]));
    return itemIds.map((id) => {
      const row = items.get(id);
      return row === undefined ? nothing(id) : storedItem(row);
    });
  }

  /** The items that answers may hold, those that were stored last first; ties in file order. */
  newest(): NewestItem[] {
    const rows = this.#db
      .prepare(
        'SELECT id, ratings FROM items WHERE available AND NOT removed ORDER BY added_at DESC NULLS LAST, item_index',
      )
      .raw()
      .all() as [ItemId, number][];
    return rows.map(([itemId, ratings]) => ({ itemId, isRated: ratings > 0 }));
  }

  /** The items that changed after a version. */
  changedSince(version: number): StoredItem[] {
    return (this.#changed.all(version) as StoredRow[]).map(storedItem);
  }
}

interface StoredRow {
  readonly id: string;
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
  readonly available: 0 | 1;
  readonly fields: string;
}

/** Most data sets have no fields, so that their items share this. */
const noFields: ItemFields = Object.freeze({});

function storedItem({ id, title, genres, year, available, fields }: StoredRow): StoredItem {
  return {
    entry: { itemId: id as ItemId, title, genres: JSON.parse(genres), year },
    available: available === 1,
    fields: fields === '{}' ? noFields : JSON.parse(fields),
  };
}

function nothing(id: string): StoredItem {
  const entry = { itemId: id as ItemId, title: null, genres: [], year: null };
  return { entry, available: true, fields: noFields };
}
