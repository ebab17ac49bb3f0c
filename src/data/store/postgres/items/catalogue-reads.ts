/** Reads items from PostgreSQL. */
import { compareCodePoints, type ItemId } from '../../../ids.js';
import type { Field } from '../../../items/fields.js';
import { LargeMap } from '../../../large-map.js';
import type {
  CatalogueEntry,
  CatalogueReads,
  CatalogueState,
  GenreCount,
  ItemQuestion,
  ItemSummary,
  NewestItem,
  StoredItem,
} from '../../catalogue.js';
import type { Connection } from '../connection.js';
import { isCounted } from '../feedback/feedback-counts.js';
import type { Session } from '../session.js';
import {
  entryOf,
  fieldListOf,
  type ItemRecord,
  itemColumns,
  noEntry,
  noItem,
  type SummaryRecord,
  storedItem,
  summaryOf,
} from './item-rows.js';
import { listQuery, summaryColumns } from './item-search.js';

/**
 * The version of the catalogue: which schema it is, when its data were imported, and a number that every change of an
 * item raises. The number alone tells what changed since.
 */
const versionQuery = `
SELECT born || ' ' || coalesce((SELECT imported_at FROM store.dataset), 'null') AS origin,
  catalogue.version AS number, fields
FROM store.about, store.catalogue`;

interface VersionRow {
  readonly origin: string;
  readonly number: number;
  readonly fields: string;
}

/** The stored items: titles, genres and years, lists, and the search in them. */
export class PostgresCatalogue implements CatalogueReads {
  readonly #connection: Connection;
  /** Of one version of the catalogue, cached because many requests need them. */
  #genres: { readonly version: string; readonly genres: readonly GenreCount[] } | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async catalogueVersion(): Promise<string> {
    const [row] = await this.#connection.read<VersionRow>(versionQuery);
    return textOf(row!);
  }

  async catalogue(itemIds: readonly string[]): Promise<CatalogueEntry[]> {
    const items = await this.#records(itemIds);
    return itemIds.map((id) => {
      const row = items.get(id);
      return row === undefined ? noEntry(id) : entryOf(row);
    });
  }

  wholeCatalogue(itemIds: readonly string[]): Promise<CatalogueState> {
    return this.#connection.snapshot(
      async (session) => {
        const { version, fields } = await stateOf(session);
        const rows = await session.query<ItemRecord>(`SELECT ${itemColumns} FROM store.items`);
        const items = new LargeMap(rows.map((row) => [row.id, row]));
        const stored = itemIds.map((id) => {
          const row = items.get(id);
          return row === undefined ? noItem(id) : storedItem(row);
        });
        return { version, items: stored, fields };
      },
      { long: true },
    );
  }

  catalogueChanges(since: string): Promise<CatalogueState | null> {
    const place = since.lastIndexOf(' ');
    return this.#connection.snapshot(async (session) => {
      const state = await stateOf(session);
      if (state.origin !== since.slice(0, place)) return null;
      const rows = await session.query<ItemRecord>(
        `SELECT ${itemColumns} FROM store.items WHERE changed > $1 ORDER BY item_index`,
        [Number(since.slice(place + 1))],
      );
      return { version: state.version, items: rows.map(storedItem), fields: state.fields };
    });
  }

  async storedItems(itemIds: readonly string[]): Promise<StoredItem[]> {
    const items = await this.#records(itemIds);
    return itemIds.map((id) => {
      const row = items.get(id);
      return row === undefined ? noItem(id) : storedItem(row);
    });
  }

  async itemFields(): Promise<Field[]> {
    const [row] = await this.#connection.read<{ fields: string }>(
      'SELECT fields FROM store.catalogue',
    );
    return fieldListOf(row!.fields);
  }

  async item(itemId: string): Promise<ItemSummary | null> {
    const [row] = await this.#connection.read<SummaryRecord & { removed: boolean }>(
      `SELECT ${summaryColumns}, removed FROM store.items WHERE id = $1`,
      [itemId],
    );
    if (row !== undefined) return row.removed ? null : summaryOf(row);
    const [feedback] = await this.#connection.read<{ users: number }>(
      `SELECT count(DISTINCT user_id) AS users FROM store.feedback WHERE item_id = $1 AND ${isCounted}`,
      [itemId],
    );
    const clicks = feedback!.users;
    return clicks === 0 ? null : { ...noEntry(itemId), clicks, available: true, addedAt: null };
  }

  async isRemoved(itemId: string): Promise<boolean> {
    const rows = await this.#connection.read(
      'SELECT id FROM store.items WHERE id = $1 AND removed',
      [itemId],
    );
    return rows.length > 0;
  }

  async newestItems(): Promise<NewestItem[]> {
    const rows = await this.#connection.read<{ id: ItemId; rated: boolean }>(
      `SELECT id, ratings > 0 AS rated FROM store.items WHERE available AND NOT removed
       ORDER BY added_at DESC NULLS LAST, item_index`,
    );
    return rows.map(({ id, rated }) => ({ itemId: id, isRated: rated }));
  }

  async listItems(question: ItemQuestion): Promise<ItemSummary[]> {
    const query = listQuery(question);
    if (query === null) return [];
    const rows = await this.#connection.read<SummaryRecord>(query.text, query.values);
    return rows.map(summaryOf);
  }

  async genres(): Promise<readonly GenreCount[]> {
    const version = await this.catalogueVersion();
    if (this.#genres?.version === version) return this.#genres.genres;
    // The texts are those of SQLite; a genre in them may hold what PostgreSQL's own JSON refuses.
    const rows = await this.#connection.read<{ genres: string; items: number }>(
      "SELECT genres, count(*) AS items FROM store.items WHERE genres <> '[]' GROUP BY genres",
    );
    const genres = counted(rows);
    this.#genres = { version, genres };
    return genres;
  }

  /** By id: the stored ones among some items. */
  async #records(itemIds: readonly string[]): Promise<ReadonlyMap<string, ItemRecord>> {
    if (itemIds.length === 0) return new Map();
    const rows = await this.#connection.read<ItemRecord>(
      `SELECT ${itemColumns} FROM store.items WHERE id = ANY($1::text[])`,
      [itemIds],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }
}

async function stateOf(
  session: Session,
): Promise<{ readonly version: string; readonly origin: string; readonly fields: Field[] }> {
  const [row] = await session.query<VersionRow>(versionQuery);
  return { version: textOf(row!), origin: row!.origin, fields: fieldListOf(row!.fields) };
}

function textOf({ origin, number }: VersionRow): string {
  return `${origin} ${number}`;
}

function counted(
  rows: readonly { readonly genres: string; readonly items: number }[],
): GenreCount[] {
  const counts = new Map<string, number>();
  for (const { genres, items } of rows) {
    for (const genre of JSON.parse(genres) as string[]) {
      counts.set(genre, (counts.get(genre) ?? 0) + items);
    }
  }
  const sorted = [...counts].sort(([a], [b]) => compareCodePoints(a, b));
  return sorted.map(([genre, items]) => ({ genre, items }));
}
