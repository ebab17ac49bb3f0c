/** DuckDB, an optional package that reads Parquet files whose row groups do not fit into memory. */
import { requireOptional } from '../../../optional-packages.js';
import type { DataFile } from '../bytes/data-file.js';
import type { ParquetColumn, ParquetRows } from './parquet-file.js';
import { timesAsText } from './parquet-values.js';

/** What is used of the package. */
export interface DuckDb {
  readonly DuckDBInstance: { create(path: string): Promise<Instance> };
}

interface Instance {
  connect(): Promise<Connection>;
  closeSync(): void;
}

interface Connection {
  stream(sql: string): Promise<{ fetchChunk(): Promise<Chunk | null> }>;
  closeSync(): void;
}

interface Chunk {
  readonly rowCount: number;
  getRows(): unknown[][];
}

/** The package; null where it is not installed. @throws what it throws while it loads */
export function loadDuckDb(): DuckDb | null {
  const duckDb = requireOptional('@duckdb/node-api');
  return isDuckDb(duckDb) ? duckDb : null;
}

function isDuckDb(found: unknown): found is DuckDb {
  return typeof found === 'object' && found !== null && 'DuckDBInstance' in found;
}

/**
 * Streams the texts of columns, as `ParquetFile.read` does, with little memory for row groups of any size.
 *
 * @param columns - at least one
 */
export async function* duckDbRows(
  { DuckDBInstance }: DuckDb,
  { storedAt }: Pick<DataFile, 'storedAt'>,
  columns: readonly ParquetColumn[],
): AsyncGenerator<ParquetRows> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const values = columns.map(({ path, within, column }) =>
      within === null ? identifier(column) : path.split('.').map(identifier).join('.'),
    );
    const sql = `SELECT ${values.join(', ')} FROM read_parquet(${literal(storedAt)})`;
    const result = await connection.stream(sql);
    let first = 0;
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const rows = chunk.getRows();
      yield { first, texts: columns.map((column, i) => rows.map((row) => textOf(column, row[i]))) };
      first += chunk.rowCount;
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A value of DuckDB as the text that the same value of a Parquet file has. */
function textOf(column: ParquetColumn, value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return column.textOf(value);
  if ('scale' in value && 'value' in value) return column.textOf(value.value);
  if ('bytes' in value && value.bytes instanceof Uint8Array) return column.textOf(value.bytes);
  if ('days' in value && typeof value.days === 'number')
    return timesAsText.dateFromDays!(value.days);
  for (const [unit, parse] of Object.entries(timestampUnits)) {
    const units = (value as Record<string, unknown>)[unit];
    if (typeof units === 'bigint') return parse(units);
  }
  return null;
}

const timestampUnits = {
  seconds: (seconds: bigint) => timesAsText.timestampFromMilliseconds!(seconds * 1000n),
  millis: (millis: bigint) => timesAsText.timestampFromMilliseconds!(millis),
  micros: (micros: bigint) => timesAsText.timestampFromMicroseconds!(micros),
  nanos: (nanos: bigint) => timesAsText.timestampFromNanoseconds!(nanos),
};

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
