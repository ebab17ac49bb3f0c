/** Turns rows of texts, of whatever format, into ratings. */
import { DataError } from '../../errors.js';
import { remedies } from '../../remedies.js';
import type { RatingColumns } from './columns.js';
import type { IdIndex } from './id-index.js';
import { RatingParser, type Scale } from './rating.js';
import { RatingList } from './rating-list.js';
import type { ReadRemarks } from './ratings-format.js';
import type { RefusedRow } from './text/table-rows.js';
import { firstPartOf, timeFormOf } from './values/dates.js';
import type { TimeReader, TimeWriting } from './values/times.js';

/** How the rows of a file are written. */
export interface RowForm {
  /** The names of the columns, one for each field. */
  readonly names: readonly string[];
  readonly columns: RatingColumns;
  readonly scale: Scale;
  readonly writing: TimeWriting;
}

/** The ratings of some rows, and what reading them changed so far. */
export class RatingRows {
  readonly ratings = new RatingList();
  readonly #parser: RatingParser;
  readonly #times: TimeReader;
  readonly #users: IdIndex;
  readonly #items: IdIndex;

  constructor(
    { names, columns, scale, writing }: RowForm,
    times: TimeReader,
    { users, items }: { readonly users: IdIndex; readonly items: IdIndex },
  ) {
    const { decimalCommas = false } = writing;
    this.#times = times;
    this.#parser = new RatingParser(names, columns, { scale, times, decimalCommas });
    this.#users = users;
    this.#items = items;
  }

  /** Adds the rating of a row. @returns the rule that the row breaks; null when it is added */
  add(row: readonly string[]): Pick<RefusedRow, 'column' | 'value' | 'rule' | 'remedy'> | null {
    const parsed = this.#parser.parse(row);
    if ('rule' in parsed) return parsed;
    const { userId, itemId, rating, timestamp, weight } = parsed;
    this.ratings.push(
      this.#users.indexOf(userId),
      this.#items.indexOf(itemId),
      rating ?? Number.NaN,
      timestamp ?? Number.NaN,
    );
    if (weight !== null) this.ratings.weigh(weight);
    return null;
  }

  get remarks(): ReadRemarks {
    const { trimmedIds, outOfScale } = this.#parser;
    const { milliseconds, microseconds, compactDates, withoutZone } = this.#times;
    return { trimmedIds, milliseconds, microseconds, compactDates, withoutZone, outOfScale };
  }
}

/**
 * How the first rows write their times.
 *
 * @throws DataError when they are dates with the year last
 */
export function timeWritingOf(
  path: string,
  { names, columns }: Pick<RowForm, 'names' | 'columns'>,
  rows: { readonly first: readonly (readonly string[])[]; readonly decimalCommas: boolean },
): TimeWriting {
  const { decimalCommas } = rows;
  const place = columns.timestamp;
  if (place === null) return { decimalCommas };
  const values = rows.first.map((row) => row[place] ?? '');
  const form = timeFormOf(values);
  if (form === 'doubtful') {
    const [value] = values.filter((text) => timeFormOf([text]) === 'doubtful');
    throw DataError.because(
      { file: path, column: names[place]!, value: value! },
      remedies.yearLast({ path, value: value!, first: firstPartOf(values) }),
    );
  }
  return { form, decimalCommas };
}
