import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ArgumentError, DataError, quote } from '../../errors.js';
import { encodingOf, firstLine } from './file-head.js';
import type { IdIndex } from './id-index.js';
import { lineBlocks } from './line-blocks.js';
import { type ColumnRole, PlainRatings } from './plain-ratings.js';
import { type RatingColumns, RatingParser, type Scale } from './rating.js';
import { RatingList } from './rating-list.js';
import {
  isText,
  parseCsv,
  type RefusedRow,
  type RowBatch,
  readBlock,
  type TableFormat,
} from './table-rows.js';

/** Which columns of a CSV or TSV file hold what, by the names in its header. */
export interface ColumnNames {
  readonly user: string;
  readonly item: string;
  readonly rating?: string;
  readonly timestamp?: string;
}

/** What may be said about a ratings file that it does not say itself. */
export interface RatingsFileOptions {
  readonly columns?: ColumnNames;
  readonly scale?: Scale;
}

/** A ratings file whose format is known. */
export interface RatingsFile {
  readonly path: string;
  readonly format: TableFormat;
  readonly columns: RatingColumns;
  readonly scale: Scale;
}

/** Ratings of one stretch of a file, in file order; valid until the next one is asked for. */
export interface RatingBatch {
  readonly ratings: RatingList;
  /** Rows that break a rule, by line. */
  readonly refused: readonly RefusedRow[];
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

const halfStars: Scale = { low: 0.5, high: 5 };
const wholeStars: Scale = { low: 1, high: 5 };
const knownFiles = ['u.data', 'ratings.dat', 'ratings.csv', 'ratings.tsv'];

/**
 * The ratings file that a path means: the file itself, or the one in a folder.
 *
 * @throws DataError when there is none, or more than one
 */
export function findRatingsFile(path: string): string {
  let names: string[];
  try {
    if (!statSync(path).isDirectory()) return path;
    names = readdirSync(path).sort();
  } catch (cause) {
    throw new DataError(
      { file: path },
      `cannot be read (${(cause as Error).message})`,
      'Give an existing file or folder, or a name that `multvae datasets` lists',
    );
  }
  const known = names.filter((name) => knownFiles.includes(name.toLowerCase()));
  const tables = names.filter((name) => /\.(csv|tsv)$/i.test(name) && !/^movies\./i.test(name));
  const found = known.length > 0 ? known : tables;
  if (found.length === 1) return join(path, found[0]!);
  const why =
    found.length === 0
      ? `holds no ratings file (${knownFiles.join(', ')}, or a CSV)`
      : `holds several files that may be meant (${found.slice(0, 10).join(', ')})`;
  throw new DataError({ file: path }, why, 'Give the path of the ratings file itself');
}

/**
 * Recognises a ratings file by its content: MovieLens' `u.data`, `ratings.dat` and `ratings.csv`, or any
 * CSV or TSV with a header.
 *
 * Ratings are from 1 to 5 in `u.data` and from .5 to 5 elsewhere unless `options.scale` says otherwise.
 *
 * @throws DataError when the file is empty, binary, unreadable or of another format
 * @throws ArgumentError when a named column is not in the header
 */
export async function recogniseRatings(
  path: string,
  options: RatingsFileOptions = {},
): Promise<RatingsFile> {
  const head = await firstLine(path);
  const first = head.toString('latin1');
  const old = options.columns === undefined ? headerlessDelimiter(path, first) : null;
  if (old !== null) {
    const width = first.split(old).length === 3 ? 3 : 4;
    const columns = ['userId', 'movieId', 'rating', 'timestamp'].slice(0, width);
    return {
      path,
      format: {
        delimiter: old,
        quoted: false,
        encoding: await encodingOf(path),
        columns,
        header: false,
      },
      columns: { user: 0, item: 1, rating: 2, timestamp: width === 4 ? 3 : null },
      scale: options.scale ?? (old === '::' ? halfStars : wholeStars),
    };
  }
  const delimiter = first.includes('\t') ? '\t' : ',';
  const draft = { delimiter, quoted: true, encoding: 'utf8', header: true } as const;
  const names = parseCsv(head, { ...draft, columns: [] })?.[0];
  if (names === undefined) {
    throw new DataError(
      { file: path, line: 1, value: head.toString() },
      'is no header of a CSV or TSV file',
      'Give a text file whose first line names its columns',
    );
  }
  return {
    path,
    format: { ...draft, columns: names },
    columns:
      options.columns === undefined
        ? recogniseColumns(path, names)
        : namedColumns(path, names, options.columns),
    scale: options.scale ?? halfStars,
  };
}

/** The delimiter of MovieLens' two formats without a header; null for anything else. */
function headerlessDelimiter(path: string, first: string): '::' | '\t' | null {
  const name = basename(path).toLowerCase();
  if (name === 'ratings.dat') return '::';
  if (name === 'u.data') return '\t';
  // A header would have a word where these have a rating.
  return (
    (['::', '\t'] as const).find((delimiter) => {
      const fields = first.split(delimiter);
      return (fields.length === 3 || fields.length === 4) && /^[\d.]+$/.test(fields[2]!);
    }) ?? null
  );
}

/** Header names, without case and punctuation, that mean a column without anyone saying so. */
const aliases: Readonly<Record<keyof RatingColumns, readonly string[]>> = {
  user: ['userid', 'user', 'uid'],
  item: ['movieid', 'itemid', 'item', 'movie', 'iid', 'sid'],
  rating: ['rating'],
  timestamp: ['timestamp'],
};

function recogniseColumns(path: string, names: readonly string[]): RatingColumns {
  const plain = names.map((name) => name.toLowerCase().replace(/[^a-z]/g, ''));
  const place = (column: keyof RatingColumns) => {
    const places = [...plain.keys()].filter((i) => aliases[column].includes(plain[i]!));
    return places.length === 1 ? places[0]! : null;
  };
  const user = place('user');
  const item = place('item');
  if (user === null || item === null) {
    throw new DataError(
      { file: path, line: 1 },
      `the header must name a user and an item column; its columns are ${listed(names)}`,
      'Name them with --user-column and --item-column, and --rating-column if there is one',
    );
  }
  return { user, item, rating: place('rating'), timestamp: place('timestamp') };
}

function namedColumns(path: string, names: readonly string[], wanted: ColumnNames): RatingColumns {
  const place = (name: string, flag: string) => {
    const at = names.indexOf(name);
    if (at < 0) {
      throw new ArgumentError(
        `${flag} ${quote(name)}: the header of ${path} has no such column; it has ${listed(names)}`,
      );
    }
    if (names.indexOf(name, at + 1) >= 0) {
      throw new ArgumentError(
        `${flag} ${quote(name)}: the header of ${path} has that column more than once; rename one`,
      );
    }
    return at;
  };
  const given = [wanted.user, wanted.item, wanted.rating, wanted.timestamp];
  const twice = given.find((name, i) => name !== undefined && given.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new ArgumentError(
      `the column ${quote(twice)} is named twice; user, item, rating and timestamp are columns of their own`,
    );
  }
  return {
    user: place(wanted.user, '--user-column'),
    item: place(wanted.item, '--item-column'),
    rating: wanted.rating === undefined ? null : place(wanted.rating, '--rating-column'),
    timestamp:
      wanted.timestamp === undefined ? null : place(wanted.timestamp, '--timestamp-column'),
  };
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => quote(name));
  return names.length > 20 ? `${shown.join(', ')}, …` : shown.join(', ');
}

/**
 * Streams a file's ratings in file order; ids become indices here.
 *
 * @param users - gets every new user of an accepted row, in file order
 * @param items - the same for items
 * @throws DataError when the file cannot be read; bad rows are handed over, not thrown
 */
export async function* readRatings(
  file: RatingsFile,
  users: IdIndex,
  items: IdIndex,
): AsyncGenerator<RatingBatch> {
  const { format, columns, scale } = file;
  const roles = format.columns.map((_, i): ColumnRole => {
    const [role] = (['user', 'item', 'rating', 'timestamp'] as const).filter(
      (name) => columns[name] === i,
    );
    return role ?? 'other';
  });
  const plain = new PlainRatings(format, roles, scale, users, items);
  const parser = new RatingParser(format.columns, columns, scale);
  const ratings = new RatingList();
  for await (const block of lineBlocks(file.path, format.quoted)) {
    ratings.clear();
    const refused: RefusedRow[] = [];
    const judge = ({ rows, lines, refused: uncut }: RowBatch) => {
      refused.push(...uncut);
      rows.forEach((row, i) => {
        if (format.header && lines[i] === 1) return;
        const parsed = parser.parse(row);
        if ('rule' in parsed) {
          const text = row.join(format.delimiter).slice(0, 1000);
          refused.push({ line: lines[i]!, ...parsed, row: text });
        } else {
          const { userId, itemId, rating, timestamp } = parsed;
          ratings.push(
            users.indexOf(userId),
            items.indexOf(itemId),
            rating ?? Number.NaN,
            timestamp ?? Number.NaN,
          );
        }
      });
    };
    const { bytes } = block;
    let at = 0;
    let line = block.firstLine;
    const hasQuotes = format.quoted && bytes.includes('"');
    if (!block.tooLong && !hasQuotes && isText(bytes, format)) {
      if (format.header && line === 1) {
        at = bytes.indexOf(10) + 1 || bytes.length;
        line = 2;
      }
      for (let next = 0; next >= 0 && at < bytes.length; ) {
        next = plain.read(bytes, at, ratings);
        if (next >= 0) {
          at = next;
          line++;
        }
      }
    }
    if (at < bytes.length) {
      const lines = block.lines - (line - block.firstLine);
      judge(readBlock({ ...block, bytes: bytes.subarray(at), firstLine: line, lines }, format));
    }
    refused.sort((a, b) => a.line - b.line);
    yield { ratings, refused, bytesRead: block.bytesRead };
  }
}
