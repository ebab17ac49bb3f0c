/** What a store holds, as tables of plain values: what a copy moves from one database to another, byte for byte. */
import { createHash, type Hash } from 'node:crypto';

/** A value of a row. Bytes are those of a history. */
export type Cell = string | number | boolean | null | Uint8Array;

export type Row = readonly Cell[];

/** The types of columns, the same for all databases. */
export type ColumnType = 'integer' | 'real' | 'text' | 'boolean' | 'bytes';

/** A table that a copy moves. Its rows come in the order of the first column, which is its key. */
export interface CopiedTable {
  readonly name: string;
  /** Both databases have columns of these names. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** How many rows are in memory at once. */
  readonly rowsAtOnce: number;
}

function table(
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
  rowsAtOnce = 2000,
): CopiedTable {
  return { name, columns, rowsAtOnce };
}

/** The tables, in the order in which they are copied. The order of their columns is that of the values of a row. */
export const copiedTables = {
  dataset: table('dataset', {
    name: 'text',
    data_hash: 'text',
    users: 'integer',
    items: 'integer',
    catalogue: 'integer',
    ratings: 'integer',
    rows_accepted: 'integer',
    scale_low: 'real',
    scale_high: 'real',
    files: 'text',
    imported_at: 'text',
    min_weight: 'real',
  }),
  ancestors: table('ancestors', { data_hash: 'text' }),
  users: table('users', { user_index: 'integer', id: 'text' }),
  histories: table('histories', { user_index: 'integer', ratings: 'bytes', weights: 'bytes' }, 200),
  items: table('items', {
    item_index: 'integer',
    id: 'text',
    title: 'text',
    year: 'integer',
    genres: 'text',
    fields: 'text',
    available: 'boolean',
    added_at: 'real',
    changed: 'integer',
    own: 'boolean',
    removed: 'boolean',
    ratings: 'integer',
    feedback_users: 'integer',
  }),
  catalogue: table('catalogue', { version: 'integer', fields: 'text' }),
  feedback: table('feedback', {
    event: 'integer',
    key: 'text',
    user_id: 'text',
    item_id: 'text',
    rating: 'real',
    timestamp: 'real',
    received_at: 'real',
    type: 'text',
    recommendation: 'text',
    place: 'integer',
  }),
  rules: table('rules', {
    rule: 'integer',
    content: 'text',
    created_at: 'text',
    changed_at: 'text',
  }),
  rule_book: table('rule_book', { version: 'integer', last_rule: 'integer' }),
  documents: table('documents', { document: 'text', value: 'text', at: 'integer' }),
  lists: table('lists', {
    entry: 'integer',
    day: 'text',
    run: 'text',
    arm: 'text',
    measure: 'text',
    value: 'integer',
    count: 'integer',
  }),
} as const satisfies Record<string, CopiedTable>;

export type CopiedTableName = keyof typeof copiedTables;

/** The rows of a store at one version of its data. */
export interface StoreContents {
  /** The rows of a table in pages, in the order of its key. */
  rows(table: CopiedTable): AsyncIterable<readonly Row[]>;
}

/** How much was copied, and a checksum of it. */
export interface CopiedContents {
  /** How many rows each table has. */
  readonly counts: Readonly<Record<CopiedTableName, number>>;
  /** SHA-256 over all rows, in hex. */
  readonly sha256: string;
}

/** Passes rows on, and counts and hashes them. */
export class CountedContents implements StoreContents {
  readonly #contents: StoreContents;
  readonly #hash: Hash = createHash('sha256');
  readonly #counts: Record<CopiedTableName, number>;

  constructor(contents: StoreContents) {
    this.#contents = contents;
    const names = Object.keys(copiedTables).map((name) => [name, 0]);
    this.#counts = Object.fromEntries(names) as Record<CopiedTableName, number>;
  }

  async *rows(table: CopiedTable): AsyncGenerator<readonly Row[]> {
    this.#hash.update(`${table.name}\n`);
    for await (const page of this.#contents.rows(table)) {
      this.#counts[table.name as CopiedTableName] += page.length;
      for (const row of page) this.#take(row);
      yield page;
    }
  }

  /** Call it once, after the last row. */
  result(): CopiedContents {
    return { counts: { ...this.#counts }, sha256: this.#hash.digest('hex') };
  }

  #take(row: Row): void {
    for (const cell of row) {
      if (cell instanceof Uint8Array) {
        this.#hash.update(`bytes ${cell.byteLength}\n`);
        this.#hash.update(cell);
      } else {
        this.#hash.update(`${JSON.stringify(cell)}\n`);
      }
    }
  }
}

/** Reads everything, and tells how much it is. */
export async function summed(contents: StoreContents): Promise<CopiedContents> {
  const counted = new CountedContents(contents);
  for (const table of Object.values(copiedTables)) {
    // The rows count themselves.
    for await (const _ of counted.rows(table));
  }
  return counted.result();
}
