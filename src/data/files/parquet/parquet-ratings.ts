/** Parquet: tables by column, as Spark, pandas and DuckDB write them. */
import { getHeapStatistics } from 'node:v8';
import { DependencyError } from '../../../errors.js';
import type { DataFile } from '../bytes/data-file.js';
import { possiblePurposeOf } from '../column-names.js';
import { halfStars } from '../rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from '../ratings-format.js';
import { columnsOfRecords, refuseTableFlags } from '../records/record-columns.js';
import { type RecordBatch, ratingsOfRecords } from '../records/record-ratings.js';
import type { FileHead } from '../text/file-head.js';
import type { RefusedRow } from '../text/table-rows.js';
import { duckDbRows, loadDuckDb } from './duckdb.js';
import { type ParquetColumn, ParquetFile, type ParquetRows } from './parquet-file.js';

/** Parquet files. Ratings are from 0.5 to 5 unless the caller says otherwise. */
export const parquetRatings: RatingsFormat = {
  fileNames: ['ratings.parquet'],
  endings: ['.parquet', '.parq', '.pq'],
  recognise,
};

const magic = 'PAR1';
/** So many that a few empty times at the beginning do not matter. */
const rowsToLookAt = 100;

async function recognise(head: FileHead, options: RatingsFileOptions): Promise<RatingsFile | null> {
  const { archive, start } = await head.file.form();
  const isParquet = start.toString('latin1', 0, magic.length) === magic && start.includes(0);
  return archive === null && isParquet ? recogniseParquet(head, options, memoryLimit()) : null;
}

/** What the values of a row group may take: a part of what JavaScript may use. */
function memoryLimit(): number {
  return getHeapStatistics().heap_size_limit / 3;
}

/**
 * Recognises a Parquet file.
 *
 * @param maxBytes - the most memory that the values of a row group may take; DuckDB reads files that need more
 * @throws DependencyError when DuckDB is not installed and is needed
 */
export async function recogniseParquet(
  { file, path }: Pick<FileHead, 'file' | 'path'>,
  options: RatingsFileOptions,
  maxBytes: number,
): Promise<RatingsFile> {
  refuseTableFlags(path, 'a Parquet file, which is', options);
  const parquet = await ParquetFile.open(file);
  try {
    const named = new Set<unknown>(Object.values(options.columns ?? {}));
    const mayHaveTimes = parquet.columns.filter(
      ({ path: name }) => named.has(name) || possiblePurposeOf(name) === 'timestamp',
    );
    const paths = parquet.columns.map((column) => column.path);
    const first = await firstTexts(parquet, mayHaveTimes, { file, maxBytes });
    const records = first.map((texts) =>
      Object.fromEntries(mayHaveTimes.map((column, i) => [column.path, texts[i]])),
    );
    const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
    const found = columnsOfRecords(path, paths, { records, textOf }, options);
    const columns = found.names.map((name) => parquet.columns.find((one) => one.path === name)!);
    const firstRows = await firstTexts(parquet, columns, { file, maxBytes });
    return ratingsOfRecords({
      ...found,
      file,
      scale: options.scale ?? halfStars,
      firstRows: firstRows.map((texts) => texts.map((text) => text ?? '')),
      read: () => readParquet(columns, { file, maxBytes }),
    });
  } finally {
    await parquet.close();
  }
}

/** The texts of the first rows. A row group that is too large is not read for them. */
async function firstTexts(
  parquet: ParquetFile,
  columns: readonly ParquetColumn[],
  { file, maxBytes }: Reading,
): Promise<(string | null)[][]> {
  const found: (string | null)[][] = [];
  if (columns.length === 0 || parquet.rows === 0) return found;
  for await (const { texts } of rowsOf(parquet, columns, { file, maxBytes })) {
    for (let row = 0; row < texts[0]!.length && found.length < rowsToLookAt; row++) {
      found.push(texts.map((column) => column[row]!));
    }
    if (found.length === rowsToLookAt) break;
  }
  return found;
}

interface Reading {
  readonly file: DataFile;
  readonly maxBytes: number;
}

/** @throws DependencyError when DuckDB is not installed and is needed */
function rowsOf(
  parquet: ParquetFile,
  columns: readonly ParquetColumn[],
  { file, maxBytes }: Reading,
): AsyncGenerator<ParquetRows> {
  const bytes = parquet.memoryOf(columns);
  if (bytes <= maxBytes) return parquet.read(columns);
  const duckDb = loadDuckDb();
  if (duckDb !== null) return duckDbRows(duckDb, file, columns);
  const needed = Math.ceil(bytes / 2 ** 20);
  throw new DependencyError(
    `${file.path}: a row group of this Parquet file needs ${needed} MiB of memory, more than there is for it. Install DuckDB, which reads such files in parts (\`npm install @duckdb/node-api\`), give more memory with NODE_OPTIONS=--max-old-space-size=${4 * needed}, or write the file with smaller row groups`,
  );
}

async function* readParquet(
  columns: readonly ParquetColumn[],
  { file, maxBytes }: Reading,
): AsyncGenerator<RecordBatch> {
  const parquet = await ParquetFile.open(file);
  try {
    const size = await file.size();
    for await (const { first, texts } of rowsOf(parquet, columns, { file, maxBytes })) {
      const batch = recordsOf(columns, { first, texts });
      const done = (first + texts[0]!.length) / parquet.rows;
      yield { ...batch, bytesRead: Math.round(size * done) };
    }
  } finally {
    await parquet.close();
  }
}

/** The records of some rows, whose numbers are their lines. */
function recordsOf(
  columns: readonly ParquetColumn[],
  { first, texts }: ParquetRows,
): Omit<RecordBatch, 'bytesRead'> {
  const rows: string[][] = [];
  const lines: number[] = [];
  const refused: RefusedRow[] = [];
  for (let at = 0; at < texts[0]!.length; at++) {
    const line = first + at + 1;
    const values = texts.map((column) => column[at] ?? null);
    const row = values.filter((text) => text !== null);
    if (row.length === values.length) {
      rows.push(row);
      lines.push(line);
    } else {
      const column = columns[values.indexOf(null)]!.path;
      const rule = 'must be a text or a number';
      refused.push({ line, column, rule, row: JSON.stringify(values) });
    }
  }
  return { rows, lines, refused };
}
