/** Files of items: those of MovieLens with their titles, genres and years, and tables with any columns. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { type ItemId, readId } from '../ids.js';
import { withoutArchiveEnding } from './bytes/archive-names.js';
import { DataFile } from './bytes/data-file.js';
import { recogniseItemRecords } from './items/item-records.js';
import { type ItemRow, type ItemsFile, type RowFault, yearOf } from './items/item-row.js';
import { type ItemsFileOptions, recogniseItemTable, tableOf } from './items/item-table.js';
import { parseCsv } from './text/fields.js';
import { encodingOf, FileHead } from './text/file-head.js';
import type { RefusedRow, SwallowedRows, TableFormat } from './text/table-rows.js';

/** Items of one part of a file. */
export interface TitleBatch {
  readonly titles: readonly ItemRow[];
  readonly refused: readonly RefusedRow[];
  /** Records whose quotes hold lines that have as many fields as a title. */
  readonly swallowed: readonly SwallowedRows[];
  /** Ids of this part with blanks around them, which were left out. */
  readonly trimmedIds: number;
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

/** One format of titles files. */
interface TitlesFormat {
  readonly fileName: string;
  /**
   * Null when the file has another format.
   *
   * @param quotes - what the caller says of quotes, where the format may have them
   */
  recognise(head: FileHead, quotes: boolean | undefined): Promise<ItemsFile | null>;
}

/** The genres whose flags end a row of `u.item`, in its order; the first flag means that none is known. */
const flagGenres = [
  'unknown',
  'Action',
  'Adventure',
  'Animation',
  "Children's",
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Fantasy',
  'Film-Noir',
  'Horror',
  'Musical',
  'Mystery',
  'Romance',
  'Sci-Fi',
  'Thriller',
  'War',
  'Western',
];
const flagColumns = ['movie id', 'movie title', 'release date', 'video release date', 'IMDb URL'];
const movieColumns = ['movieId', 'title', 'genres'];

/** Every format. A folder's titles file is the first of these that it has. */
const formats: readonly TitlesFormat[] = [
  {
    fileName: 'u.item',
    async recognise(head) {
      const columns = [...flagColumns, ...flagGenres];
      const format = await headerless(head, '|', columns);
      return format && { ...tableOf(head, format), columns: null, id: 0, read: readFlags };
    },
  },
  {
    fileName: 'movies.dat',
    async recognise(head) {
      const format = await headerless(head, '::', movieColumns);
      return format && { ...tableOf(head, format), columns: null, id: 0, read: readMovie };
    },
  },
  {
    fileName: 'movies.csv',
    async recognise(head, quoted = true) {
      const draft = { delimiter: ',', quoted, encoding: 'utf8', header: true } as const;
      const names = parseCsv(await head.firstLine(), draft)?.[0] ?? [];
      const isHeader = names.length === 3 && names.every((name, i) => name === movieColumns[i]);
      if (!isHeader) return null;
      const format = { ...draft, columns: names };
      return { ...tableOf(head, format), columns: null, id: 0, read: readMovie };
    },
  },
];

/** The format of a file without quotes and header; null when its first line has another number of fields. */
async function headerless(
  head: FileHead,
  delimiter: '|' | '::',
  columns: readonly string[],
): Promise<TableFormat | null> {
  const first = (await head.firstLine()).toString('latin1');
  if (first.split(delimiter).length !== columns.length) return null;
  const encoding = await encodingOf(head.file);
  return { delimiter, quoted: false, encoding, columns, header: false };
}

/** The titles file of a folder: `u.item`, `movies.dat` or `movies.csv`, packed or not; null when there is none. */
export function findTitlesFile(folder: string): string | null {
  const names = readdirSync(folder);
  for (const { fileName } of formats) {
    const found = names.find((name) => withoutArchiveEnding(name.toLowerCase()) === fileName);
    if (found !== undefined) return join(folder, found);
  }
  return null;
}

/**
 * Recognises a file of items by its content: MovieLens' `u.item`, `movies.dat` and `movies.csv`, JSON
 * lines, or any table with a header.
 *
 * @param idName - the name of the column with the ids in the ratings, where that has one
 * @throws DataError when it is empty, binary, unreadable or of another format, or no column has ids
 * @throws ArgumentError when a named column is not in the header
 */
export async function recogniseTitles(
  path: string,
  options: ItemsFileOptions = {},
  idName?: string,
): Promise<ItemsFile> {
  const { encoding } = options;
  const head = new FileHead(DataFile.of(path, encoding === undefined ? {} : { encoding }));
  const isNamed = Object.keys(options.itemColumns ?? {}).length > 0;
  for (const format of isNamed ? [] : formats) {
    const file = await format.recognise(head, options.quotes);
    if (file !== null) return file;
  }
  const table =
    (await recogniseItemRecords(head, options, idName)) ??
    (await recogniseItemTable(head, options, idName));
  if (table !== null) return table;
  throw DataError.because({ file: path, line: 1 }, remedies.notTitles());
}

/**
 * Streams a file's titles.
 *
 * @throws DataError when the file cannot be read; a bad row is handed over, not thrown
 */
export async function* readTitles(file: ItemsFile): AsyncGenerator<TitleBatch> {
  for await (const batch of file.rows()) {
    const { swallowed = [] } = batch;
    const titles: ItemRow[] = [];
    const refused = [...batch.refused];
    let trimmedIds = 0;
    const swallowing = new Set(swallowed.map(({ line }) => line));
    const { remedy } = remedies.strayQuote({ rule: '' });
    batch.rows.forEach((row, i) => {
      const item = readItem(row, file);
      if ('itemId' in item) {
        titles.push(item);
        if (item.itemId !== row[file.id]) trimmedIds++;
        return;
      }
      refused.push({
        line: batch.lines[i]!,
        column: file.names[item.place]!,
        value: row[item.place] ?? '',
        rule: item.rule,
        ...(swallowing.has(batch.lines[i]!) && { remedy }),
        row: row.join(file.delimiter).slice(0, 1000),
      });
    });
    refused.sort((a, b) => a.line - b.line);
    yield { titles, refused, swallowed, trimmedIds, bytesRead: batch.bytesRead };
  }
}

function readItem(
  row: readonly string[],
  { names, id: place, read }: ItemsFile,
): ItemRow | RowFault {
  const expected = names.length;
  if (row.length !== expected) {
    const rule = `the row has ${row.length} fields where ${expected} are expected`;
    return { place: Math.min(row.length, expected - 1), rule };
  }
  const id = readId(row[place]!);
  if ('rule' in id) return { place, rule: id.rule };
  const item = read(row);
  return 'rule' in item ? item : { itemId: id.id as ItemId, ...item };
}

function readFlags(row: readonly string[]): Omit<ItemRow, 'itemId'> {
  const title = row[1]!;
  const released = /\d{4}$/.exec(row[2]!);
  return {
    title: title === '' ? null : title,
    year: yearOf(title) ?? (released === null ? null : Number(released[0])),
    genres: flagGenres.filter((_, i) => i > 0 && row[flagColumns.length + i] === '1'),
  };
}

function readMovie(row: readonly string[]): Omit<ItemRow, 'itemId'> {
  const title = row[1]!;
  const genres = row[2]!;
  return {
    title: title === '' ? null : title,
    year: yearOf(title),
    genres: genres === '' || genres === '(no genres listed)' ? [] : genres.split('|'),
  };
}
