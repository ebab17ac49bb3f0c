/** Reads and searches the stored items. */
import type { Database, Statement } from 'better-sqlite3';
import type { ItemId } from '../../ids.js';
import { type CatalogueEntry, type StoredItem, StoredItems } from './items/stored-items.js';

/** An item with its number of clicks. */
export interface ItemSummary extends CatalogueEntry {
  /** Users who clicked or rated it, whatever the rating, in the imported data or by feedback. */
  readonly clicks: number;
}

/** A genre with the number of its items. */
export interface GenreCount {
  readonly genre: string;
  readonly items: number;
}

/** The SQL of how many users clicked or rated an item. */
const users = '(ratings + feedback_users)';

/** More words make a query slower, not better: no title has so many. */
const maxSearchWords = 20;

/**
 * The scripts that put no blanks between words. The search index takes a whole title of them for one word, so a title
 * is compared with the query itself: 3 ms for 60,000 titles. An index of trigrams would answer in 0.03 ms, but it finds
 * no query of two characters, and would have to be kept beside the other one.
 */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

/** The stored items: titles, genres, years, and the search in them. */
export class ItemCatalogue {
  readonly #db: Database;
  readonly #entry: Statement;
  readonly #removed: Statement;
  readonly #importedAt: Statement;
  readonly #version: Statement;
  readonly #search: Statement;
  readonly stored: StoredItems;
  /** The ids of one import, and the genres of one version of the catalogue, cached because every request needs them. */
  #ids: { readonly importedAt: string | null; readonly ids: ItemId[] } | null = null;
  #genres: { readonly version: string; readonly genres: GenreCount[] } | null = null;

  constructor(db: Database) {
    this.#db = db;
    this.stored = new StoredItems(db);
    this.#entry = db.prepare(
      `SELECT title, year, genres, ${users} AS users FROM items WHERE id = ?`,
    );
    this.#removed = db.prepare('SELECT removed FROM items WHERE id = ?').pluck();
    this.#importedAt = db.prepare('SELECT imported_at FROM dataset').pluck();
    this.#version = db
      .prepare(
        "SELECT coalesce((SELECT imported_at FROM dataset), 'null') || ' ' || version FROM catalogue",
      )
      .pluck();
    this.#search = db.prepare(
      `SELECT id, title, year, genres, ${users} AS users
       FROM item_search JOIN items ON item_index = item_search.rowid
       WHERE item_search MATCH ? AND NOT removed
       ORDER BY bm25(item_search) * ln(2 + ${users}), item_index LIMIT ?`,
    );
  }

  /** The entry of an item; one without title and genres for an unknown id. */
  entry(itemId: string): CatalogueEntry {
    const row = this.#entry.get(itemId) as ItemRow | undefined;
    return row === undefined
      ? { itemId: itemId as ItemId, title: null, genres: [], year: null }
      : entryOf({ ...row, id: itemId });
  }

  /** The item with its clicks; null for an id that is not stored. */
  item(itemId: string): ItemSummary | null {
    const row = this.#entry.get(itemId) as ItemRow | undefined;
    return row === undefined ? null : summaryOf({ ...row, id: itemId });
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

  /** The items of the most users first; ties in file order. */
  popular(n: number): ItemSummary[] {
    const rows = this.#db
      .prepare(
        `SELECT id, title, year, genres, ${users} AS users FROM items WHERE NOT removed ORDER BY users DESC, item_index LIMIT ?`,
      )
      .all(n) as ItemRow[];
    return rows.map(summaryOf);
  }

  /**
   * The items whose title, or id where no title is stored, has a word that begins with each word of the query. A word in
   * a script without blanks may stand anywhere in the title. Case and diacritics do not matter. The best match is first:
   * BM25, weighted by the number of users of the item; the part of the title that matched in place of BM25, where no
   * word of the query is in a script with blanks.
   */
  search(query: string, n: number): ItemSummary[] {
    const { beginnings, parts } = searchWords(query);
    if (beginnings.length === 0 && parts.length === 0) return [];
    const match = beginnings.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' ');
    const patterns = parts.map((part) => `%${part}%`);
    const rows =
      parts.length === 0
        ? this.#search.all(match, n)
        : beginnings.length === 0
          ? this.#parts(parts.length).all(...patterns, n)
          : this.#both(parts.length).all(match, ...patterns, n);
    return (rows as ItemRow[]).map(summaryOf);
  }

  #parts(count: number): Statement {
    return this.#db.prepare(
      `SELECT id, title, year, genres, ${users} AS users, coalesce(title, id) AS name
       FROM items
       WHERE NOT removed AND ${Array(count).fill('name LIKE ?').join(' AND ')}
       ORDER BY ln(2 + ${users}) / length(name) DESC, item_index LIMIT ?`,
    );
  }

  #both(count: number): Statement {
    return this.#db.prepare(
      `SELECT id, title, year, genres, ${users} AS users
       FROM item_search JOIN items ON items.item_index = item_search.rowid
       WHERE item_search MATCH ? AND NOT removed ${' AND item_search.name LIKE ?'.repeat(count)}
       ORDER BY bm25(item_search) * ln(2 + ${users}), items.item_index LIMIT ?`,
    );
  }
}

/** The words of a query: those that a word of the title begins with, and those that stand anywhere in it. */
function searchWords(query: string): { beginnings: string[]; parts: string[] } {
  const beginnings: string[] = [];
  const parts: string[] = [];
  const words = query.replaceAll('\0', ' ').split(/\s+/u);
  for (const word of words) {
    if (beginnings.length + parts.length >= maxSearchWords) break;
    if (!/[\p{L}\p{N}]/u.test(word)) continue;
    if (!unspaced.test(word)) {
      beginnings.push(word);
      continue;
    }
    // Without its punctuation a part holds no sign that LIKE reads as a pattern.
    for (const piece of word.split(/[^\p{L}\p{M}\p{N}]+/u)) {
      if (unspaced.test(piece)) parts.push(piece);
      else if (piece !== '') beginnings.push(piece);
    }
  }
  return { beginnings, parts };
}

interface ItemRow {
  readonly id: string;
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
  readonly users: number;
}

function entryOf({ id, title, genres, year }: ItemRow): CatalogueEntry {
  return { itemId: id as ItemId, title, genres: JSON.parse(genres), year };
}

function summaryOf(row: ItemRow): ItemSummary {
  return { ...entryOf(row), clicks: row.users };
}
