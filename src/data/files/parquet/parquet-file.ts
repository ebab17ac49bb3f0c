/** Reads the columns of a Parquet file, one row group at a time. */
import { type FileHandle, open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type DecodedArray,
  type FileMetaData,
  parquetMetadataAsync,
  parquetScan,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import type { DataFile } from '../bytes/data-file.js';
import { refuseUnreadable } from '../bytes/unreadable-file.js';
import { valueAt } from '../records/json-path.js';
import { textOfColumn, timesAsText, type ValueText, withExactDecimals } from './parquet-values.js';

/** A column of values, which may lie in a struct. */
export interface ParquetColumn {
  /** The names from the outermost struct on, with points between them. */
  readonly path: string;
  /** The column that is stored. */
  readonly column: string;
  /** The path in the column's structs; null where the column is no struct. */
  readonly within: string | null;
  readonly textOf: ValueText;
}

/** The texts of some rows. */
export interface ParquetRows {
  /** The number of the first of them, from 0. */
  readonly first: number;
  /** Of each column the texts; null for a value that is no text and no number. */
  readonly texts: readonly (readonly (string | null)[])[];
}

/** So many rows are turned into texts at a time. */
const rowsABatch = 8192;

/** What an array of values takes in memory beside the values. */
const bytesAValue = 48;

/** A Parquet file that is open. Close it after use. */
export class ParquetFile {
  readonly path: string;
  readonly columns: readonly ParquetColumn[];
  readonly rows: number;
  readonly #file: FileHandle;
  readonly #buffer: AsyncBuffer;
  readonly #metadata: FileMetaData;

  private constructor(path: string, file: FileHandle, buffer: AsyncBuffer, metadata: FileMetaData) {
    this.path = path;
    this.#file = file;
    this.#buffer = buffer;
    this.#metadata = { ...metadata, schema: withExactDecimals(metadata.schema) };
    this.columns = parquetSchema(metadata).children.flatMap((child) => columnsOf(child));
    this.rows = Number(metadata.num_rows);
  }

  /** @throws DataError when the file cannot be read, or is damaged */
  static async open({ path, storedAt }: DataFile): Promise<ParquetFile> {
    const refuse = refuseUnreadable(path);
    const file = await open(storedAt).catch(refuse);
    try {
      const { size: byteLength } = await file.stat().catch(refuse);
      const slice = async (start: number, end = byteLength) => {
        const buffer = Buffer.allocUnsafeSlow(end - start);
        const { bytesRead } = await file.read(buffer, 0, buffer.length, start).catch(refuse);
        if (bytesRead < buffer.length) throw new Error('it ends too early');
        return buffer.buffer;
      };
      const buffer: AsyncBuffer = { byteLength, slice };
      const metadata = await parquetMetadataAsync(buffer, { parsers: timesAsText });
      return new ParquetFile(path, file, buffer, metadata);
    } catch (cause) {
      await file.close();
      throw damaged(path, cause);
    }
  }

  /** The bytes of memory that the largest row group takes while these columns are read. */
  memoryOf(columns: readonly ParquetColumn[]): number {
    const names = new Set(columns.map(({ column }) => column));
    const groups = this.#metadata.row_groups.map((group) =>
      group.columns.reduce((sum, { meta_data: chunk }) => {
        if (chunk === undefined || !names.has(chunk.path_in_schema[0]!)) return sum;
        return sum + Number(chunk.total_uncompressed_size) + bytesAValue * Number(chunk.num_values);
      }, 0),
    );
    return Math.max(0, ...groups);
  }

  /**
   * Streams the texts of columns.
   *
   * @throws DataError when the file is damaged
   */
  async *read(columns: readonly ParquetColumn[]): AsyncGenerator<ParquetRows> {
    const names = [...new Set(columns.map(({ column }) => column))];
    let start = 0;
    for (const group of this.#metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const values = await this.#valuesOf(names, start, end);
      for (let first = start; first < end; first += rowsABatch) {
        const last = Math.min(first + rowsABatch, end);
        const texts = columns.map(({ column, within, textOf }) => {
          const part: ArrayLike<unknown> = values.get(column)!.slice(first - start, last - start);
          return Array.from(part, (value) =>
            textOf(within === null ? value : inner(value, within)),
          );
        });
        yield { first, texts };
      }
      start = end;
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** The values of some columns in the rows of a group. */
  async #valuesOf(
    names: string[],
    rowStart: number,
    rowEnd: number,
  ): Promise<ReadonlyMap<string, DecodedArray>> {
    try {
      const scan = await parquetScan({
        file: this.#buffer,
        metadata: this.#metadata,
        columns: names,
        compressors: { ...compressors, GZIP: (input) => gunzipSync(input) },
        parsers: timesAsText,
        useOffsetIndex: false,
      });
      const values = new Map<string, DecodedArray>();
      for (const column of names) {
        values.set(column, await scan.readColumn({ column, rowStart, rowEnd }));
      }
      return values;
    } catch (cause) {
      throw damaged(this.path, cause);
    }
  }
}

function inner(value: unknown, path: string): unknown {
  return typeof value === 'object' && value !== null ? valueAt(value, path) : value;
}

/** The columns of values in a column, which may be a struct of others. A list counts as one value. */
function columnsOf(tree: SchemaTree, above: readonly string[] = []): ParquetColumn[] {
  const { element, children } = tree;
  const path = [...above, element.name];
  const isStruct =
    children.length > 0 &&
    element.repetition_type !== 'REPEATED' &&
    element.converted_type === undefined &&
    element.logical_type === undefined;
  if (isStruct) return children.flatMap((child) => columnsOf(child, path));
  const [column = '', ...rest] = path;
  const within = rest.length === 0 ? null : rest.join('.');
  const textOf = children.length > 0 ? () => null : textOfColumn(element);
  return [{ path: path.join('.'), column, within, textOf }];
}

function damaged(path: string, cause: unknown): unknown {
  if (cause instanceof DataError) return cause;
  return DataError.because(
    { file: path },
    remedies.parquetDamaged({ fault: (cause as Error).message }),
  );
}
