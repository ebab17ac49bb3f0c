/** Files of items as JSON lines: one object a line, whose keys are the columns. */
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import type { DataFile } from '../bytes/data-file.js';
import { beginsObject, LineReader, objectIn, plainText, recordsOf } from '../records/json-lines.js';
import { isObject, pathsOf } from '../records/json-path.js';
import { refuseTableFlags } from '../records/record-columns.js';
import type { FileHead } from '../text/file-head.js';
import { lineBlocks } from '../text/line-blocks.js';
import { understandItems } from './item-columns.js';
import type { ItemsFile } from './item-row.js';
import { type ItemsFileOptions, type Reading, readRow } from './item-table.js';

/**
 * Recognises JSON lines of items. The keys of all lines are its columns; those of objects are named by their paths.
 *
 * @param idName - the name of the column with the ids in the ratings
 * @returns null where the first line begins no object
 * @throws DataError, ArgumentError as `understandItems`
 */
export async function recogniseItemRecords(
  head: FileHead,
  { itemColumns = {}, ...options }: ItemsFileOptions,
  idName?: string,
): Promise<ItemsFile | null> {
  const { file, path } = head;
  if (!beginsObject(await head.firstLine())) return null;
  refuseTableFlags(path, 'JSON lines, which are', options);
  const names = await pathsIn(file);
  // An object over many lines is a document of another form.
  if (names.length === 0) throw DataError.because({ file: path }, remedies.json());
  const columns = understandItems({ path, line: 1, header: names, idName }, itemColumns);
  const { id } = columns.places;
  const reading: Reading = { columns, idName: names[id]!, decimalCommas: false };
  return {
    file,
    path,
    names,
    delimiter: ', ',
    columns,
    id,
    async *rows() {
      const reader = new LineReader(names, [id], (value) => textOf(value));
      for await (const block of lineBlocks(file)) yield recordsOf(block, reader);
    },
    read: (row) => readRow(row, reading),
  };
}

/** The paths of all values in a file, in the order in which they appear. An object in place of a value has its own. */
async function pathsIn(file: DataFile): Promise<string[]> {
  const paths = new Set<string>();
  for await (const { bytes } of lineBlocks(file)) {
    for (const line of bytes.toString().split('\n')) {
      for (const path of pathsOf(objectIn(line) ?? {})) paths.add(path);
    }
  }
  const isObjectElsewhere = (path: string) => [...paths].some((at) => at.startsWith(`${path}.`));
  return [...paths].filter((path) => !isObjectElsewhere(path));
}

/** A value as the text of a table: a list as JSON, nothing for an object that others have no value of. */
function textOf(value: unknown): string | null {
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return JSON.stringify(value);
  return isObject(value) ? '' : plainText(value);
}
