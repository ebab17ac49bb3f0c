/** The columns of a ratings file without a header: a caller names them by their numbers, and some show what they hold. */
import { ArgumentError, DataError } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { type Purpose, purposes } from './column-names.js';
import {
  type ColumnNames,
  type HeaderColumns,
  namedPlaces,
  type RatingColumns,
  sorted,
} from './columns.js';
import { type Delimiter, hasDecimalCommas } from './text/delimiters.js';
import { dateIn, timeFormOf } from './values/dates.js';
import { numberIn } from './values/numbers.js';
import { TimeReader } from './values/times.js';

/** What is known of a file whose first line is a row. */
export interface RowFacts {
  readonly path: string;
  /** The number of its columns. */
  readonly count: number;
  readonly delimiter: Delimiter;
  /** The columns that are read unless the caller says otherwise. */
  readonly usual: RatingColumns;
}

/**
 * Finds the columns of a file without a header: those that the caller names by their numbers, from 1, and the usual
 * ones, as far as they are not taken.
 *
 * @throws ArgumentError when a named column is no number of a column, or is named twice
 * @throws DataError when there are less than two columns
 */
export function understandPlaces(facts: RowFacts, wanted: ColumnNames = {}): HeaderColumns {
  const { path, count, delimiter, usual } = facts;
  if (count < 2) {
    throw DataError.because({ file: path, line: 1 }, remedies.oneField());
  }
  const named = namedPlaces(wanted, (name) => numberedPlace(facts, name));
  const taken = new Set(named.values());
  const first = [...Array(count).keys()].filter((at) => !taken.has(at));
  const found = (purpose: Purpose): number | null => {
    if (wanted[purpose] === null) return null;
    const place = named.get(purpose);
    if (place !== undefined) return place;
    const at = usual[purpose];
    return at === null || taken.has(at) ? null : at;
  };
  const required = (purpose: 'user' | 'item') => {
    const place = found(purpose) ?? first.find((at) => !taken.has(at));
    if (place === undefined) {
      throw new ArgumentError(
        `the ${count} columns of ${path} are all named for something else than the ${purpose}; name it with --${purpose}-column`,
      );
    }
    taken.add(place);
    return place;
  };
  const places = {
    user: required('user'),
    item: required('item'),
    rating: found('rating'),
    timestamp: found('timestamp'),
    weight: found('weight'),
  };
  const isRefused = (at: number) =>
    purposes.some((purpose) => wanted[purpose] === null && usual[purpose] === at);
  const header = Array.from({ length: count }, () => null);
  const why = (at: number) => (isRefused(at) ? 'refused' : 'other');
  const understood = { hasHeader: false, delimiter, ...sorted(header, places, why) };
  return { places, understood };
}

function numberedPlace({ path, count }: RowFacts, name: string): number | string {
  const place = /^[1-9]\d*$/.test(name) ? Number(name) : 0;
  if (place >= 1 && place <= count) return place - 1;
  return `${path} is read without a header, so its columns are named by their numbers, from 1 to ${count}`;
}

/**
 * What the columns of rows hold, as far as it is sure. One that holds dates, or behind the second one seconds of the last
 * decades, has the times. The first two others have users and items, and the next one ratings, where its values are
 * stars and some of them half stars.
 */
export function usualPlaces(
  rows: readonly (readonly string[])[],
  delimiter: Delimiter,
): RatingColumns {
  const places = [...Array(rows[0]?.length ?? 0).keys()];
  const valuesOf = (at: number) => rows.map((row) => row[at]?.trim() ?? '').filter(Boolean);
  const decimalCommas = hasDecimalCommas(delimiter);
  // Ids may be numbers as large as times.
  const times = places.filter(
    (at) => isSurelyTime(valuesOf(at)) && (at > 1 || valuesOf(at).every(isDate)),
  );
  const timestamp = times.length === 1 ? times[0]! : null;
  const [user = 0, item = 1, next = null] = places.filter((at) => at !== timestamp);
  const stars = next === null ? [] : valuesOf(next);
  const rating = areStars(stars.map((text) => numberIn(text, { decimalCommas }))) ? next : null;
  return { user, item, rating, timestamp, weight: null };
}

function isDate(text: string): boolean {
  return dateIn(text) !== null;
}

/** Whether numbers are stars for sure: whole ones may be quantities. */
function areStars(values: readonly number[]): boolean {
  const isStar = (value: number) => value >= 0.5 && value <= 5 && Number.isInteger(2 * value);
  return values.every(isStar) && values.some((value) => !Number.isInteger(value));
}

/** The years 1990 to 2100, of which nearly all logs are. */
const sureTimes = { from: Date.UTC(1990, 0) / 1000, to: Date.UTC(2100, 0) / 1000 };

function isSurelyTime(values: readonly string[]): boolean {
  const form = timeFormOf(values);
  if (form === 'doubtful') return false;
  const times = new TimeReader({ form });
  const isSure = (seconds: number | string) =>
    typeof seconds === 'number' && seconds >= sureTimes.from && seconds < sureTimes.to;
  return values.length > 0 && values.every((text) => isSure(times.read(text)));
}
