/** Reads the stored items. */
import type { Database, Statement } from 'better-sqlite3';
import type { ItemId } from '../../ids.js';
import type { CatalogueEntry, GenreCount, StoredItem } from '../catalogue.js';
import { ItemList } from './items/item-list.js';
import { StoredItems } from './items/stored-items.js';

/** The stored items: titles, genres and years, lists, and the search in them. */
export class ItemCatalogue {
  readonly #db: Database;
  readonly #entry: Statement;
  readonly #removed: Statement;
  readonly #importedAt: Statement;
  readonly #version: Statement;
  readonly stored: StoredItems;
  readonly listed: ItemList;
  /** The ids of one import, and the genres of one version of the catalogue, cached because every request needs them. */
  #ids: { readonly importedAt: string | null; readonly ids: ItemId[] } | null = null;
  #genres: { readonly version: string; readonly genres: GenreCount[] } | null = null;

  constructor(db: Database) {
    this.#db = db;
    this.stored = new StoredItems(db);
    this.listed = new ItemList(db);
    this.#entry = db.prepare('SELECT title, year, genres FROM items WHERE id = ?');
    this.#removed = db.prepare('SELECT removed FROM items WHERE id = ?').pluck();
    this.#importedAt = db.prepare('SELECT imported_at FROM dataset').pluck();
    this.#version = db
      .prepare(
        "SELECT coalesce((SELECT imported_at FROM dataset), 'null') || ' ' || version FROM catalogue",
      )
      .pluck();
  }

  /** The entry of an item; one without title and genres for an unknown id. */
  entry(itemId: string): CatalogueEntry {
    const row = this.#entry.get(itemId) as ItemRow | undefined;
    return row === undefined
      ? { itemId: itemId as ItemId, title: null, genres: [], year: null }
      : entryOf({ ...row, id: itemId });
  }

  /** Whether an item was removed from every answer and search. */
  isRemoved(itemId: string): boolean {
    return this.#removed.get(itemId) === 1;
  }

  /** The ids by index, of all items that the last import stored or found; later ones may be missing. */
  ids(): readonly ItemId[] {
    const importedAt = this.importedAt();
    if (this.#ids?.importedAt !== importedAt || this.#ids === null) {
      const ids = this.#db.prepare('SELECT id FROM items ORDER BY item_index').pluck().all();
      this.#ids = { importedAt, ids: ids as ItemId[] };
    }
    return this.#ids.ids;
  }

  /** The ids by index of the given import, if they are cached; else null. The caller knows that it is the current one. */
  idsOf(importedAt: string | null): readonly ItemId[] | null {
    return this.#ids?.importedAt === importedAt ? this.#ids.ids : null;
  }

  /** The time of the import, ISO 8601; null when nothing was imported. */
  importedAt(): string | null {
    return (this.#importedAt.get() as string | undefined) ?? null;
  }

  /** A text that changes with every import and every change of an item. */
  version(): string {
    return this.#version.get() as string;
  }

  /** The items that changed after a version; null where another import came since, so that any may have. */
  changedSince(version: string): StoredItem[] | null {
    const [importedAt, number] = version.split(' ');
    if (importedAt !== String(this.importedAt())) return null;
    return this.stored.changedSince(Number(number));
  }

  /** Every genre, in code-point order. */
  genres(): readonly GenreCount[] {
    const version = this.version();
    if (this.#genres?.version !== version || this.#genres === null) {
      const genres = this.#db
        .prepare(
          'SELECT value AS genre, count(*) AS items FROM items, json_each(genres) GROUP BY value ORDER BY value',
        )
        .all() as GenreCount[];
      this.#genres = { version, genres };
    }
    return this.#genres.genres;
  }
}

interface ItemRow {
  readonly id: string;
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
}

function entryOf({ id, title, genres, year }: ItemRow): CatalogueEntry {
  return { itemId: id as ItemId, title, genres: JSON.parse(genres), year };
}
