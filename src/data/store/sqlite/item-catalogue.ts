import type { Database, Statement } from 'better-sqlite3';
import type { ItemId } from '../../ids.js';

/** An item as a reader knows it. */
export interface CatalogueEntry {
  readonly itemId: ItemId;
  /** As published, with the year where it carries one; null where no title is stored. */
  readonly title: string | null;
  readonly genres: string[];
  readonly year: number | null;
}

/** An item with how much it is used. */
export interface ItemSummary extends CatalogueEntry {
  /** Users of the imported data who clicked or rated it, whatever the rating. */
  readonly clicks: number;
}

/** A genre with how many items have it. */
export interface GenreCount {
  readonly genre: string;
  readonly items: number;
}

/** More words than a title has make a query slow, not better. */
const maxSearchWords = 20;

/** The stored items: titles, genres, years, and the search in them. */
export class ItemCatalogue {
  readonly #db: Database;
  readonly #entry: Statement;
  readonly #version: Statement;
  readonly #search: Statement;
  /** What is kept of a version of the catalogue, so that it is not read anew for every request. */
  #kept: { version: unknown; ids?: ItemId[]; genres?: GenreCount[] } = { version: undefined };

  constructor(db: Database) {
    this.#db = db;
    this.#entry = db.prepare('SELECT title, year, genres, ratings FROM items WHERE id = ?');
    this.#version = db.prepare('SELECT imported_at FROM dataset').pluck();
    this.#search = db.prepare(
      `SELECT id, title, year, genres, ratings
       FROM item_search JOIN items ON item_index = item_search.rowid
       WHERE item_search MATCH ?
       ORDER BY bm25(item_search) * ln(2 + ratings), item_index LIMIT ?`,
    );
  }

  /** An unknown id gets neither title nor genres. */
  entry(itemId: string): CatalogueEntry {
    const row = this.#entry.get(itemId) as ItemRow | undefined;
    return row === undefined
      ? { itemId: itemId as ItemId, title: null, genres: [], year: null }
      : entryOf({ ...row, id: itemId });
  }

  /** Null for an id that no import brought. */
  item(itemId: string): ItemSummary | null {
    const row = this.#entry.get(itemId) as ItemRow | undefined;
    return row === undefined ? null : summaryOf({ ...row, id: itemId });
  }

  /** Titles, genres and years in the order of the ids, in one pass over everything stored. */
  whole(itemIds: readonly string[]): CatalogueEntry[] {
    const rows = this.#db.prepare('SELECT id, title, year, genres FROM items').all() as ItemRow[];
    const entries = new Map(rows.map((row) => [row.id, entryOf(row)]));
    return itemIds.map(
      (id) => entries.get(id) ?? { itemId: id as ItemId, title: null, genres: [], year: null },
    );
  }

  /** The ids by index. */
  ids(): readonly ItemId[] {
    const kept = this.#current();
    kept.ids ??= this.#db
      .prepare('SELECT id FROM items ORDER BY item_index')
      .pluck()
      .all() as ItemId[];
    return kept.ids;
  }

  /** The same for an import, of which it is known that it is the current one; null where they are not at hand. */
  idsOf(importedAt: string | null): readonly ItemId[] | null {
    return this.#kept.version === importedAt ? (this.#kept.ids ?? null) : null;
  }

  /** When what is stored was imported; null when nothing was. */
  version(): string | null {
    return (this.#version.get() as string | undefined) ?? null;
  }

  /** Every genre, in code-point order. */
  genres(): readonly GenreCount[] {
    const kept = this.#current();
    kept.genres ??= this.#db
      .prepare(
        'SELECT value AS genre, count(*) AS items FROM items, json_each(genres) GROUP BY value ORDER BY value',
      )
      .all() as GenreCount[];
    return kept.genres;
  }

  /** The items of the most users first; ties in file order. */
  popular(n: number): ItemSummary[] {
    const rows = this.#db
      .prepare(
        'SELECT id, title, year, genres, ratings FROM items ORDER BY ratings DESC, item_index LIMIT ?',
      )
      .all(n) as ItemRow[];
    return rows.map(summaryOf);
  }

  /**
   * The items whose title (the id, where no title is stored) has words that begin with each word of the query;
   * case and diacritics do not matter. The best match first: BM25, weighted by how many users have the item.
   */
  search(query: string, n: number): ItemSummary[] {
    const words = query
      .replaceAll('\0', ' ')
      .split(/\s+/u)
      .filter((word) => /[\p{L}\p{N}]/u.test(word))
      .slice(0, maxSearchWords);
    if (words.length === 0) return [];
    const match = words.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' ');
    return (this.#search.all(match, n) as ItemRow[]).map(summaryOf);
  }

  #current() {
    const version = this.version();
    if (version !== this.#kept.version) this.#kept = { version };
    return this.#kept;
  }
}

interface ItemRow {
  readonly id: string;
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
  readonly ratings: number;
}

function entryOf({ id, title, genres, year }: ItemRow): CatalogueEntry {
  return { itemId: id as ItemId, title, genres: JSON.parse(genres), year };
}

function summaryOf(row: ItemRow): ItemSummary {
  return { ...entryOf(row), clicks: row.ratings };
}
