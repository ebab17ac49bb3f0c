/** The columns of a file of records: found by the names of its fields, as those of a header are. */
import { ArgumentError } from '../../../errors.js';
import type { RatingColumns, UnderstoodColumns } from '../columns.js';
import { understandHeader } from '../columns.js';
import type { RatingsFileOptions } from '../ratings-format.js';
import { hasTimes, hasYearLast } from '../ratings-table.js';
import { isObject, pathsOf, valueAt } from './json-path.js';

/** The columns of a file of records. */
export interface RecordColumns {
  readonly understood: UnderstoodColumns;
  /** The paths of the columns that are read. */
  readonly names: readonly string[];
  /** Their places among these. */
  readonly columns: RatingColumns;
}

/** A value of a record as a text; null for one that is none, such as a list. */
export type TextOf = (value: unknown) => string | null;

/**
 * Finds the columns of records.
 *
 * @param paths - of all fields
 * @param first - the first records
 * @throws ArgumentError, DataError as of `understandHeader`
 */
export function columnsOfRecords(
  path: string,
  paths: readonly string[],
  first: { readonly records: readonly object[]; readonly textOf: TextOf },
  options: RatingsFileOptions,
): RecordColumns {
  const timesAt = (place: number) => {
    const values = first.records.map((record) => [
      first.textOf(valueAt(record, paths[place]!)) ?? '',
    ]);
    return hasTimes(values, 0, ',') || hasYearLast(values, 0);
  };
  const facts = { path, header: paths, hasTimes: timesAt };
  const { understood } = understandHeader(facts, options.columns);
  const names = understood.used.map(({ name }) => name!);
  const placeOf = (purpose: string) => {
    const place = understood.used.findIndex((column) => column.purpose === purpose);
    return place < 0 ? null : place;
  };
  const columns: RatingColumns = {
    user: placeOf('user')!,
    item: placeOf('item')!,
    rating: placeOf('rating'),
    timestamp: placeOf('timestamp'),
    weight: placeOf('weight'),
  };
  return { understood, names, columns };
}

/**
 * The paths of all fields of some records, in the order in which they appear. Where one is a value in some records and
 * an object in others, the value counts, unless it is null.
 */
export function pathsOfRecords(records: readonly object[]): string[] {
  const paths = new Set(records.flatMap((record) => pathsOf(record)));
  for (const path of paths) {
    const within = [...paths].filter((other) => other.startsWith(`${path}.`));
    if (within.length === 0) continue;
    const others = records.some((record) => isValue(valueAt(record, path))) ? within : [path];
    for (const other of others) paths.delete(other);
  }
  return [...paths];
}

function isValue(value: unknown): boolean {
  return value !== undefined && value !== null && !isObject(value);
}

/** @throws ArgumentError for flags that say how a table of text is written */
export function refuseTableFlags(
  path: string,
  kind: string,
  { delimiter, header, quotes }: RatingsFileOptions,
): void {
  const flags = [
    ...(delimiter === undefined ? [] : ['--delimiter']),
    ...(header === undefined ? [] : [header ? '--header' : '--no-header']),
    ...(quotes === undefined ? [] : [quotes ? '--quotes' : '--no-quotes']),
  ];
  if (flags.length === 0) return;
  throw new ArgumentError(
    `${flags.join(', ')}: ${path} is ${kind} written in one way alone. Leave them out`,
  );
}
