/** The columns of a ratings file: what each is for, the names that people give them, and how a header is understood. */
import { ArgumentError, DataError, quote } from '../../errors.js';
import { remedies } from '../../remedies.js';

/** What a column of a ratings file can be for. */
export const purposes = ['user', 'item', 'rating', 'timestamp', 'weight'] as const;
export type Purpose = (typeof purposes)[number];

/**
 * The columns that a caller names, as the header writes them; the others are found by their names. With null the file's
 * ratings, times or weights are not read. Weights are read only from a column that is named.
 */
export interface ColumnNames {
  readonly user?: string;
  readonly item?: string;
  readonly rating?: string | null;
  readonly timestamp?: string | null;
  readonly weight?: string | null;
}

/** The places of the columns in a row, from 0; null for a column that is not read. */
export interface RatingColumns {
  readonly user: number;
  readonly item: number;
  readonly rating: number | null;
  readonly timestamp: number | null;
  readonly weight: number | null;
}

/** A column that an import read. */
export interface UsedColumn {
  readonly purpose: Purpose;
  /** Its name in the header; null in a file without one. */
  readonly name: string | null;
  /** Its place in a row, from 1. */
  readonly place: number;
}

/**
 * A column that an import did not read. `why`: the caller said so (`refused`), it has a name of counts and nobody asked
 * for weights (`weight`), it has a name of times but holds none (`no times`), or its name says nothing (`other`).
 */
export interface IgnoredColumn {
  readonly name: string | null;
  readonly place: number;
  readonly why: 'refused' | 'weight' | 'no times' | 'other';
}

/** What an import understood of a file's columns. */
export interface UnderstoodColumns {
  /** Whether the first line names the columns. */
  readonly hasHeader: boolean;
  /** In the order of `purposes`. */
  readonly used: readonly UsedColumn[];
  /** In the order of the file. */
  readonly ignored: readonly IgnoredColumn[];
}

/** A header, understood. */
export interface HeaderColumns {
  readonly places: RatingColumns;
  readonly understood: UnderstoodColumns;
}

/** The usual names of columns, in lower case and without punctuation and digits. */
const usualNames: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  user: withIds(
    ['user', 'customer', 'client', 'member', 'visitor', 'reviewer', 'listener'],
    ['uid', 'useremail', 'customeremail', 'memberemail'],
  ),
  item: withIds(
    ['item', 'movie', 'product', 'track', 'song', 'book', 'article'],
    ['iid', 'sid', 'sku', 'asin', 'isbn'],
  ),
  rating: new Set(['rating', 'ratings', 'star', 'stars', 'score', 'overall']),
  timestamp: new Set([
    'timestamp',
    'time',
    'date',
    'datetime',
    'ts',
    'createdat',
    'orderedat',
    'ratedat',
    'eventtime',
    'unixtime',
    'unixreviewtime',
  ]),
  weight: new Set(['qty', 'quantity', 'plays', 'playcount', 'count', 'weight', 'purchases']),
};

function withIds(nouns: readonly string[], others: readonly string[]): ReadonlySet<string> {
  return new Set([...nouns, ...nouns.map((noun) => `${noun}id`), ...others]);
}

/** What a column's name says that it is for; null when it says nothing. */
export function purposeOf(name: string): Purpose | null {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  const found = Object.entries(usualNames).find(([, known]) => known.has(plain));
  return found === undefined ? null : (found[0] as Purpose);
}

/** What is known of a file before its columns are understood. */
export interface HeaderFacts {
  readonly path: string;
  /** The fields of its first line. */
  readonly header: readonly string[];
  /**
   * Whether the first rows have a time at a place. A column that is found by its name is a column of times only then,
   * unless it is called `timestamp`, whose rows must have one.
   */
  readonly hasTimes: (place: number) => boolean;
}

/**
 * Finds the columns of a header: those that the caller names, and the others by their names.
 *
 * @throws ArgumentError when a named column is not in the header, or is named twice
 * @throws DataError when a user or item column is missing, or two columns could be one
 */
export function understandHeader(facts: HeaderFacts, wanted: ColumnNames = {}): HeaderColumns {
  const { header } = facts;
  const named = namedPlaces(facts, wanted);
  const taken = new Set(named.values());
  const found = (purpose: Purpose): number | null => {
    if (wanted[purpose] === null) return null;
    const place = named.get(purpose);
    if (place !== undefined) return place;
    const candidates = [...header.keys()].filter(
      (at) => !taken.has(at) && purposeOf(header[at]!) === purpose && isUsable(purpose, at, facts),
    );
    if (candidates.length > 1) throw severalCandidates(facts, purpose, candidates);
    return candidates[0] ?? null;
  };
  const user = found('user');
  const item = found('item');
  if (user === null || item === null) {
    const missing = user === null ? (item === null ? null : 'user') : 'item';
    throw DataError.because(
      { file: facts.path, line: 1 },
      remedies.columnMissing({ missing, columns: listed(header) }),
    );
  }
  const places = {
    user,
    item,
    rating: found('rating'),
    timestamp: found('timestamp'),
    // A count becomes a weight only where the caller says so: it is no purchase twice as good.
    weight: named.get('weight') ?? null,
  };
  return { places, understood: { hasHeader: true, ...sorted(header, places, wanted) } };
}

/** The columns of a file without a header, whose format says which column is which. */
export function columnsWithoutHeader(count: number, places: RatingColumns): UnderstoodColumns {
  const header = Array.from({ length: count }, () => null);
  return { hasHeader: false, ...sorted(header, places, {}) };
}

function sorted(
  header: readonly (string | null)[],
  places: RatingColumns,
  wanted: ColumnNames,
): Pick<UnderstoodColumns, 'used' | 'ignored'> {
  const used = purposes.flatMap((purpose) => {
    const at = places[purpose];
    return at === null ? [] : [{ purpose, name: header[at] ?? null, place: at + 1 }];
  });
  const read = new Set(used.map(({ place }) => place - 1));
  const ignored = header.flatMap((name, at): IgnoredColumn[] =>
    read.has(at) ? [] : [{ name, place: at + 1, why: reasonToIgnore(name, wanted) }],
  );
  return { used, ignored };
}

function reasonToIgnore(name: string | null, wanted: ColumnNames): IgnoredColumn['why'] {
  const purpose = name === null ? null : purposeOf(name);
  if (purpose === 'weight') return wanted.weight === null ? 'refused' : 'weight';
  // Without a header, a rating or time that is not read was refused by the caller: the format knows every column.
  if (name === null) return 'refused';
  if (purpose === 'rating' && wanted.rating === null) return 'refused';
  if (purpose === 'timestamp') return wanted.timestamp === null ? 'refused' : 'no times';
  return 'other';
}

function isUsable(purpose: Purpose, at: number, { header, hasTimes }: HeaderFacts): boolean {
  return purpose !== 'timestamp' || /^timestamp$/i.test(header[at]!.trim()) || hasTimes(at);
}

/** The places of the columns that the caller names. */
function namedPlaces(
  { path, header }: HeaderFacts,
  wanted: ColumnNames,
): ReadonlyMap<Purpose, number> {
  const places = new Map<Purpose, number>();
  for (const purpose of purposes) {
    const name = wanted[purpose];
    if (name === undefined || name === null) continue;
    const at = header.indexOf(name);
    const flag = `--${purpose}-column ${quote(name)}`;
    if (at < 0) {
      throw new ArgumentError(
        `${flag}: the header of ${path} has no such column; it has ${listed(header)}`,
      );
    }
    if (header.indexOf(name, at + 1) >= 0) {
      throw new ArgumentError(
        `${flag}: the header of ${path} has that column more than once; rename one`,
      );
    }
    if ([...places.values()].includes(at)) {
      throw new ArgumentError(
        `the column ${quote(name)} is named twice; user, item, rating, timestamp and weight must be different columns`,
      );
    }
    places.set(purpose, at);
  }
  return places;
}

function severalCandidates(
  { path, header }: HeaderFacts,
  purpose: Purpose,
  candidates: readonly number[],
): DataError {
  const names = candidates.map((at) => header[at]!);
  const columns = names.map((name) => quote(name)).join(' or ');
  // A flag names a column by its header, so it cannot tell equal names apart.
  const isDistinct = new Set(names).size === names.length;
  const remedy = isDistinct ? remedies.columnAmbiguous : remedies.columnTwice;
  return DataError.because({ file: path, line: 1 }, remedy({ purpose, names, columns }));
}

/** Column names as they are shown in a message: twenty at most. */
function listed(header: readonly string[]): string {
  const shown = header.slice(0, 20).map((name) => quote(name));
  return header.length > 20 ? `${shown.join(', ')}, …` : shown.join(', ');
}
