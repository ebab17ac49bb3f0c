/** Lists and searches the stored items. */
import type { Database, Statement } from 'better-sqlite3';
import type { ItemId } from '../../../ids.js';
import type { CatalogueEntry } from './stored-items.js';

/** An item with what is known of it beside its title. */
export interface ItemSummary extends CatalogueEntry {
  /** Users who clicked or rated it, whatever the rating, in the imported data or by feedback. */
  readonly clicks: number;
  /** Whether an answer may hold it. */
  readonly available: boolean;
  /** When it was first stored, in seconds since 1970; null where a home of an older version has it. */
  readonly addedAt: number | null;
}

/** The orders of a list. */
export const itemOrders = ['match', 'popular', 'newest', 'title'] as const;

/** Which items to list, and how. */
export interface ItemQuestion {
  /** Words that each item has. Default: any item. */
  readonly query?: string | undefined;
  /** Default: `match` for a query, else `popular`. */
  readonly sort?: (typeof itemOrders)[number] | undefined;
  /** How many at most. */
  readonly n: number;
  /** How many to skip. Default: 0. */
  readonly offset?: number | undefined;
  /** Whether to list items that are not available too. Default: false. */
  readonly unavailable?: boolean | undefined;
}

/** More words make a query slower, not better: no title has so many. */
const maxSearchWords = 20;

/**
 * The scripts that put no blanks between words. The search index takes a whole title of them for one word, so a title
 * is compared with the query itself: 3 ms for 60,000 titles. An index of trigrams would answer in 0.03 ms, but it finds
 * no query of two characters, and would have to be kept beside the other one.
 */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

/** The SQL of how many users clicked or rated an item. */
const users = '(items.ratings + items.feedback_users)';
const name = 'coalesce(items.title, items.id)';
const columns = `items.id AS id, items.title AS title, items.year AS year, items.genres AS genres, ${users} AS users,
  items.available AS available, items.added_at AS addedAt`;

/** The orders that need no query. Ties go to the item that came first. */
const orders = {
  popular: `${users} DESC`,
  newest: 'items.added_at DESC NULLS LAST',
  title: `${name} COLLATE NOCASE`,
} as const;

/** Lists of items: all of them, or those that a query finds. An item that was removed is in none. */
export class ItemList {
  readonly #db: Database;
  readonly #item: Statement;
  /** By their SQL: most requests repeat a few. */
  readonly #prepared = new Map<string, Statement>();

  constructor(db: Database) {
    this.#db = db;
    this.#item = db.prepare(`SELECT ${columns} FROM items WHERE id = ? AND NOT removed`);
  }

  /** One item; null for an id that is not stored, or was removed. */
  item(itemId: string): ItemSummary | null {
    const row = this.#item.get(itemId) as SummaryRow | undefined;
    return row === undefined ? null : summaryOf(row);
  }

  /**
   * The items whose title, or id where no title is stored, has a word that begins with each word of the query. A word in
   * a script without blanks may stand anywhere in the title. Case and diacritics do not matter.
   *
   * The best match is first: BM25, weighted by the number of users of the item; the part of the title that matched in
   * place of BM25, where no word of the query is in a script with blanks. Other orders are those of `sort`; titles are
   * compared without the case of ASCII letters.
   */
  list({ query = '', sort, n, offset = 0, unavailable = false }: ItemQuestion): ItemSummary[] {
    const isSearch = query.trim() !== '';
    const { beginnings, parts } = searchWords(query);
    const isIndexed = beginnings.length > 0;
    if (isSearch && !isIndexed && parts.length === 0) return [];
    const best = isIndexed
      ? `bm25(item_search) * ln(2 + ${users})`
      : `ln(2 + ${users}) / length(${name}) DESC`;
    const isByMatch = isSearch && (sort === undefined || sort === 'match');
    const order = isByMatch
      ? best
      : orders[sort === undefined || sort === 'match' ? 'popular' : sort];
    const conditions = [
      'NOT items.removed',
      ...(unavailable ? [] : ['items.available']),
      ...(isIndexed ? ['item_search MATCH ?'] : []),
      ...parts.map(() => `${name} LIKE ?`),
    ];
    const rows = this.#statement(
      `SELECT ${columns}
       FROM ${isIndexed ? 'item_search JOIN items ON items.item_index = item_search.rowid' : 'items'}
       WHERE ${conditions.join(' AND ')}
       ORDER BY ${order}, items.item_index LIMIT ? OFFSET ?`,
    ).all(
      ...(isIndexed
        ? [beginnings.map((word) => `"${word.replaceAll('"', '""')}"*`).join(' ')]
        : []),
      ...parts.map((part) => `%${part}%`),
      n,
      offset,
    );
    return (rows as SummaryRow[]).map(summaryOf);
  }

  #statement(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
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

interface SummaryRow {
  readonly id: string;
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
  readonly users: number;
  readonly available: 0 | 1;
  readonly addedAt: number | null;
}

function summaryOf({
  id,
  title,
  year,
  genres,
  users,
  available,
  addedAt,
}: SummaryRow): ItemSummary {
  return {
    itemId: id as ItemId,
    title,
    genres: JSON.parse(genres),
    year,
    clicks: users,
    available: available === 1,
    addedAt,
  };
}
