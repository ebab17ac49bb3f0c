import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import type { ItemId } from '../ids.js';
import { encodingOf, firstLine } from './file-head.js';
import { parseCsv, type RefusedRow, type TableFormat, tableRows } from './table-rows.js';

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
  readonly read: (row: readonly string[]) => Title;
}

/** Titles of one stretch of a file. */
export interface TitleBatch {
  readonly titles: readonly Title[];
  readonly refused: readonly RefusedRow[];
}

/** The genres whose flags end a row of `u.item`, in its order; the first flag means that none is known. */
const flagGenres = [
  ...['unknown', 'Action', 'Adventure', 'Animation', "Children's", 'Comedy', 'Crime'],
  ...['Documentary', 'Drama', 'Fantasy', 'Film-Noir', 'Horror', 'Musical', 'Mystery', 'Romance'],
  ...['Sci-Fi', 'Thriller', 'War', 'Western'],
];
const flagColumns = ['movie id', 'movie title', 'release date', 'video release date', 'IMDb URL'];
const movieColumns = ['movieId', 'title', 'genres'];
const knownFiles = ['u.item', 'movies.dat', 'movies.csv'];

/** The titles file of a folder: `u.item`, `movies.dat` or `movies.csv`; null when there is none. */
export function findTitlesFile(folder: string): string | null {
  const names = readdirSync(folder);
  const found = knownFiles.find((known) => names.includes(known));
  return found === undefined ? null : join(folder, found);
}

/**
 * Recognises a titles file by its content.
 *
 * @throws DataError when it is empty, binary, unreadable or of another format
 */
export async function recogniseTitles(path: string): Promise<TitlesFile> {
  const head = await firstLine(path);
  const first = head.toString('latin1');
  const old = { quoted: false, header: false } as const;
  if (first.split('|').length === flagColumns.length + flagGenres.length) {
    const columns = [...flagColumns, ...flagGenres];
    const encoding = await encodingOf(path);
    return { path, format: { ...old, delimiter: '|', encoding, columns }, read: readFlags };
  }
  if (first.split('::').length === movieColumns.length) {
    const encoding = await encodingOf(path);
    const format = { ...old, delimiter: '::', encoding, columns: movieColumns } as const;
    return { path, format, read: readMovie };
  }
  const draft = { delimiter: ',', quoted: true, encoding: 'utf8', header: true } as const;
  const names = parseCsv(head, { ...draft, columns: [] })?.[0] ?? [];
  if (names.length === 3 && names.every((name, i) => name === movieColumns[i])) {
    return { path, format: { ...draft, columns: names }, read: readMovie };
  }
  throw new DataError(
    { file: path, line: 1 },
    'is no titles file: neither u.item, nor movies.dat, nor a CSV with the header movieId,title,genres',
    'Move it out of the folder of the ratings to import without titles',
  );
}

/**
 * Streams a file's titles.
 *
 * @throws DataError when the file cannot be read; bad rows are handed over, not thrown
 */
export async function* readTitles({ path, format, read }: TitlesFile): AsyncGenerator<TitleBatch> {
  for await (const batch of tableRows(path, format)) {
    const titles: Title[] = [];
    const refused = [...batch.refused];
    batch.rows.forEach((row, i) => {
      const expected = format.columns.length;
      if (row.length === expected && row[0] !== '') {
        titles.push(read(row));
        return;
      }
      const at = Math.min(row.length === expected ? 0 : row.length, expected - 1);
      refused.push({
        line: batch.lines[i]!,
        column: format.columns[at]!,
        value: row[at] ?? '',
        rule:
          row.length === expected
            ? 'an id must not be empty'
            : `the row has ${row.length} fields where ${expected} are expected`,
        row: row.join(format.delimiter).slice(0, 1000),
      });
    });
    refused.sort((a, b) => a.line - b.line);
    yield { titles, refused };
  }
}

function readFlags(row: readonly string[]): Title {
  const title = row[1]!;
  const released = /\d{4}$/.exec(row[2]!);
  return {
    itemId: row[0] as ItemId,
    title: title === '' ? null : title,
    year: yearOf(title) ?? (released === null ? null : Number(released[0])),
    genres: flagGenres.filter((_, i) => i > 0 && row[flagColumns.length + i] === '1'),
  };
}

function readMovie(row: readonly string[]): Title {
  const title = row[1]!;
  const genres = row[2]!;
  return {
    itemId: row[0] as ItemId,
    title: title === '' ? null : title,
    year: yearOf(title),
    genres: genres === '' || genres === '(no genres listed)' ? [] : genres.split('|'),
  };
}

/** The year in a title's end parentheses; of a span such as (1981-1982), the first. */
export function yearOf(title: string): number | null {
  const match = /\((\d{4})(?:\s?[-–]\s?(?:\d{4})?)?\)\s*$/.exec(title);
  return match === null ? null : Number(match[1]);
}
