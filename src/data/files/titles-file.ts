/** Reads the titles, genres and years of items. A new format is one more entry of `formats`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { type ItemId, readId } from '../ids.js';
import { parseCsv } from './text/fields.js';
import { encodingOf, FileHead } from './text/file-head.js';
import {
  type RefusedRow,
  type SwallowedRows,
  type TableFormat,
  tableRows,
} from './text/table-rows.js';

/** What a titles file says about one item. */
export interface Title {
  readonly itemId: ItemId;
  /** Exactly as published; null where the field is empty. */
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: readonly string[];
}

/** A titles file whose format is known. */
export interface TitlesFile {
  readonly path: string;
  readonly format: TableFormat;
  readonly read: (row: readonly string[]) => Omit<Title, 'itemId'>;
}

/** Titles of one part of a file. */
export interface TitleBatch {
  readonly titles: readonly Title[];
  readonly refused: readonly RefusedRow[];
  /** Records whose quotes hold lines that have as many fields as a title. */
  readonly swallowed: readonly SwallowedRows[];
  /** Ids of this part with blanks around them, which were left out. */
  readonly trimmedIds: number;
}

/** One format of titles files. */
interface TitlesFormat {
  readonly fileName: string;
  /**
   * Null when the file has another format.
   *
   * @param quotes - what the caller says of quotes, where the format may have them
   */
  recognise(head: FileHead, quotes: boolean | undefined): Promise<TitlesFile | null>;
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
      return format && { path: head.path, format, read: readFlags };
    },
  },
  {
    fileName: 'movies.dat',
    async recognise(head) {
      const format = await headerless(head, '::', movieColumns);
      return format && { path: head.path, format, read: readMovie };
    },
  },
  {
    fileName: 'movies.csv',
    async recognise(head, quoted = true) {
      const draft = { delimiter: ',', quoted, encoding: 'utf8', header: true } as const;
      const names = parseCsv(await head.firstLine(), draft)?.[0] ?? [];
      const isHeader = names.length === 3 && names.every((name, i) => name === movieColumns[i]);
      if (!isHeader) return null;
      return { path: head.path, format: { ...draft, columns: names }, read: readMovie };
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

/** The titles file of a folder: `u.item`, `movies.dat` or `movies.csv`; null when there is none. */
export function findTitlesFile(folder: string): string | null {
  const names = readdirSync(folder);
  for (const { fileName } of formats) {
    const found = names.find((name) => name.toLowerCase() === fileName);
    if (found !== undefined) return join(folder, found);
  }
  return null;
}

/**
 * Recognises a titles file by its content.
 *
 * @param quotes - whether `"` quotes a field of a CSV. Default: true
 * @throws DataError when it is empty, binary, unreadable or of another format
 */
export async function recogniseTitles(path: string, quotes?: boolean): Promise<TitlesFile> {
  const head = new FileHead(path);
  for (const format of formats) {
    const file = await format.recognise(head, quotes);
    if (file !== null) return file;
  }
  throw DataError.because({ file: path, line: 1 }, remedies.notTitles());
}

/**
 * Streams a file's titles.
 *
 * @throws DataError when the file cannot be read; a bad row is handed over, not thrown
 */
export async function* readTitles({ path, format, read }: TitlesFile): AsyncGenerator<TitleBatch> {
  for await (const batch of tableRows(path, format)) {
    const titles: Title[] = [];
    const refused = [...batch.refused];
    let trimmedIds = 0;
    const swallowing = new Set(batch.swallowed.map(({ line }) => line));
    const { remedy } = remedies.strayQuote({ rule: '' });
    batch.rows.forEach((row, i) => {
      const expected = format.columns.length;
      const isWhole = row.length === expected;
      const id = readId(row[0]!);
      if (isWhole && 'id' in id) {
        titles.push({ itemId: id.id as ItemId, ...read(row) });
        if (id.id !== row[0]) trimmedIds++;
        return;
      }
      const at = Math.min(isWhole ? 0 : row.length, expected - 1);
      refused.push({
        line: batch.lines[i]!,
        column: format.columns[at]!,
        value: row[at] ?? '',
        rule:
          isWhole && 'rule' in id
            ? id.rule
            : `the row has ${row.length} fields where ${expected} are expected`,
        ...(swallowing.has(batch.lines[i]!) && { remedy }),
        row: row.join(format.delimiter).slice(0, 1000),
      });
    });
    refused.sort((a, b) => a.line - b.line);
    yield { titles, refused, swallowed: batch.swallowed, trimmedIds };
  }
}

function readFlags(row: readonly string[]): Omit<Title, 'itemId'> {
  const title = row[1]!;
  const released = /\d{4}$/.exec(row[2]!);
  return {
    title: title === '' ? null : title,
    year: yearOf(title) ?? (released === null ? null : Number(released[0])),
    genres: flagGenres.filter((_, i) => i > 0 && row[flagColumns.length + i] === '1'),
  };
}

function readMovie(row: readonly string[]): Omit<Title, 'itemId'> {
  const title = row[1]!;
  const genres = row[2]!;
  return {
    title: title === '' ? null : title,
    year: yearOf(title),
    genres: genres === '' || genres === '(no genres listed)' ? [] : genres.split('|'),
  };
}

/** The year in the parentheses that end a title; the first of a span such as (1981-1982). Null when there is none. */
export function yearOf(title: string): number | null {
  const match = /\((\d{4})(?:\s?[-–]\s?(?:\d{4})?)?\)\s*$/.exec(title);
  return match === null ? null : Number(match[1]);
}
