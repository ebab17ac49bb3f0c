/** The columns of a ratings file: what each is for, and how a header is understood. */
import { ArgumentError, DataError, quote } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { type Purpose, possiblePurposeOf, purposeOf, purposes } from './column-names.js';
import type { Delimiter } from './text/delimiters.js';
import { isValue } from './text/table-form.js';

/**
 * The columns that a caller names, as the header writes them or by their numbers, from 1; the others are found by their
 * names. With null the file's ratings, times or weights are not read. Weights are read only from a column that is named.
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
  /** What separates the fields; null in a file of another kind than a table of text. */
  readonly delimiter: Delimiter | null;
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

/** What is known of a file before its columns are understood. */
export interface HeaderFacts {
  readonly path: string;
  /** The names of its columns. */
  readonly header: readonly string[];
  /** The line that has them. Default: 1 */
  readonly line?: number;
  /** What separates the fields. Default: nothing that a person would call so */
  readonly delimiter?: Delimiter;
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
  const { header, line = 1, delimiter = null } = facts;
  const named = namedPlaces(wanted, (name) => placeIn(facts, name));
  const taken = new Set(named.values());
  const candidates = (purpose: Purpose, meaning: typeof purposeOf) =>
    [...header.keys()].filter(
      (at) => !taken.has(at) && meaning(header[at]!) === purpose && isUsable(purpose, at, facts),
    );
  const found = (purpose: Purpose): number | null => {
    if (wanted[purpose] === null) return null;
    const place = named.get(purpose);
    if (place !== undefined) return place;
    const usual = candidates(purpose, purposeOf);
    const all = usual.length > 0 ? usual : candidates(purpose, possiblePurposeOf);
    if (all.length > 1) throw severalCandidates(facts, purpose, all);
    return all[0] ?? null;
  };
  const user = found('user');
  const item = found('item');
  if (user === null || item === null) {
    const missing = user === null ? (item === null ? null : 'user') : 'item';
    throw DataError.because(
      { file: facts.path, line },
      remedies.columnMissing({ missing, columns: listed(header) }),
    );
  }
  const places = {
    user,
    item,
    rating: found('rating'),
    timestamp: found('timestamp'),
    // A count becomes a weight only where the caller says so.
    weight: named.get('weight') ?? null,
  };
  const why = (at: number) => reasonToIgnore(at, facts, wanted);
  const understood = { hasHeader: true, delimiter, ...sorted(header, places, why) };
  return { places, understood };
}

/**
 * Whether a header names, or seems to name, a column of users and one of items. A row has columns with numbers too, so a
 * column that the caller numbers must hold something else than a value.
 */
export function isRatingsHeader(header: readonly string[], wanted: ColumnNames = {}): boolean {
  const has = (purpose: Purpose) => {
    const name = wanted[purpose];
    return name === undefined || name === null
      ? header.some((field) => possiblePurposeOf(field) === purpose)
      : placesOf(header, name).some((at) => !isNumber(name) || !isValue(header[at]!));
  };
  return has('user') && has('item');
}

/** Whether a caller names a column by its number. */
export function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

/** The columns that are read and those that are not. @param why - says why a place is not read */
export function sorted(
  header: readonly (string | null)[],
  places: RatingColumns,
  why: (place: number) => IgnoredColumn['why'],
): Pick<UnderstoodColumns, 'used' | 'ignored'> {
  const used = purposes.flatMap((purpose) => {
    const at = places[purpose];
    return at === null ? [] : [{ purpose, name: header[at] ?? null, place: at + 1 }];
  });
  const read = new Set(used.map(({ place }) => place - 1));
  const ignored = header.flatMap((name, at): IgnoredColumn[] =>
    read.has(at) ? [] : [{ name, place: at + 1, why: why(at) }],
  );
  return { used, ignored };
}

function reasonToIgnore(at: number, facts: HeaderFacts, wanted: ColumnNames): IgnoredColumn['why'] {
  const purpose = possiblePurposeOf(facts.header[at]!);
  if (purpose === null || purpose === 'user' || purpose === 'item') return 'other';
  if (wanted[purpose] === null) return 'refused';
  if (purpose === 'weight') return 'weight';
  return isUsable(purpose, at, facts) ? 'other' : 'no times';
}

function isUsable(purpose: Purpose, at: number, { header, hasTimes }: HeaderFacts): boolean {
  return purpose !== 'timestamp' || /^timestamp$/i.test(header[at]!.trim()) || hasTimes(at);
}

/**
 * The places of the columns that the caller names.
 *
 * @param placeOf - gives a name's place, or says why it has none
 */
export function namedPlaces(
  wanted: ColumnNames,
  placeOf: (name: string) => number | string,
): ReadonlyMap<Purpose, number> {
  const places = new Map<Purpose, number>();
  for (const purpose of purposes) {
    const name = wanted[purpose];
    if (name === undefined || name === null) continue;
    const at = placeOf(name);
    if (typeof at === 'string') {
      throw new ArgumentError(`--${purpose}-column ${quote(name)}: ${at}`);
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

/** The place of the column that a caller names by its header, or by its number. */
function placeIn({ path, header }: HeaderFacts, name: string): number | string {
  const found = placesOf(header, name);
  if (found.length === 0) {
    return `the header of ${path} has no such column; it has ${listed(header)}`;
  }
  if (found.length === 1) return found[0]!;
  const numbers = found.map((at) => at + 1).join(' or ');
  return `the header of ${path} has that column more than once; give its number, ${numbers}`;
}

/** The places of the columns that a name means: by its letters, else in any case, else as a number from 1. */
function placesOf(header: readonly string[], name: string): readonly number[] {
  const alike = (same: (field: string) => boolean) =>
    [...header.keys()].filter((at) => same(header[at]!));
  const exact = alike((field) => field === name);
  if (exact.length > 0) return exact;
  const plain = plainName(name);
  const similar = alike((field) => plainName(field) === plain);
  if (similar.length > 0) return similar;
  return /^[1-9]\d*$/.test(name) && Number(name) <= header.length ? [Number(name) - 1] : [];
}

/** A name in lower case, without blanks around and without a type of RecBole. */
function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/:(token|float)(_seq)?$/, '');
}

function severalCandidates(
  { path, header, line = 1 }: HeaderFacts,
  purpose: Purpose,
  candidates: readonly number[],
): DataError {
  const names = candidates.map((at) => header[at]!);
  const columns = names.map((name) => quote(name)).join(' or ');
  // A flag that names a column by its header cannot tell equal names apart.
  const isDistinct = new Set(names).size === names.length;
  const choice = isDistinct ? names[0]! : String(candidates[0]! + 1);
  return DataError.because(
    { file: path, line },
    remedies.columnAmbiguous({ purpose, columns, choice }),
  );
}

/** Column names as they are shown in a message: twenty at most. */
function listed(header: readonly string[]): string {
  const shown = header.slice(0, 20).map((name) => quote(name));
  return header.length > 20 ? `${shown.join(', ')}, …` : shown.join(', ');
}
