/** Lists and searches the stored items. */
import type { Database, Statement } from 'better-sqlite3';
import type { ItemId } from '../../../ids.js';
import type { ItemQuestion, ItemSummary } from '../../catalogue.js';
import { searchWords } from '../../items/search-words.js';

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
   * Implements `Store.listItems`. A match is ranked by BM25; by the part of the title that matched, where no word of the
   * query is in a script with blanks. Parts are looked for in all titles: 3 ms for 60,000 of them. An index of trigrams
   * would answer in 0.03 ms, but it finds no query of two characters, and would have to be kept beside the other one.
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
