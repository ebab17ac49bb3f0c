/** CSV and TSV files with a header. */
import { ArgumentError, DataError, quote } from '../../errors.js';
import type { FileHead } from './file-head.js';
import { halfStars, type RatingColumns } from './rating.js';
import type {
  ColumnNames,
  RatingsFile,
  RatingsFileOptions,
  RatingsFormat,
} from './ratings-format.js';
import { ratingsTable } from './ratings-table.js';
import { parseCsv } from './table-rows.js';

/** Any text with a header, such as MovieLens' `ratings.csv`. Ratings are from 0.5 to 5 unless the caller says otherwise. */
export const csvRatings: RatingsFormat = {
  fileNames: ['ratings.csv', 'ratings.tsv'],
  endings: ['.csv', '.tsv'],
  recognise,
};

async function recognise(head: FileHead, options: RatingsFileOptions): Promise<RatingsFile | null> {
  const { path } = head;
  const line = await head.firstLine();
  const delimiter = line.includes('\t') ? '\t' : ',';
  const draft = { delimiter, quoted: true, encoding: 'utf8', header: true } as const;
  const names = parseCsv(line, { ...draft, columns: [] })?.[0];
  if (names === undefined) return null;
  return ratingsTable({
    path,
    format: { ...draft, columns: names },
    columns:
      options.columns === undefined
        ? recogniseColumns(path, names)
        : namedColumns(path, names, options.columns),
    scale: options.scale ?? halfStars,
  });
}

/** The usual header names of each column, without case and punctuation. */
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
      `the column ${quote(twice)} is named twice; user, item, rating and timestamp must be different columns`,
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
