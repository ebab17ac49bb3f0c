/** The fast way through a table of ratings: plain rows are read straight from their bytes. */
import { isId, maxIdLength } from '../../ids.js';
import { endTime } from '../../time.js';
import type { IdIndex } from '../id-index.js';
import type { Scale } from '../rating.js';
import type { RatingList } from '../rating-list.js';
import { IsoDate } from '../values/iso-date.js';
import type { TimeReader } from '../values/times.js';
import { hasDecimalCommas } from './delimiters.js';
import type { TableFormat } from './table-rows.js';

/** What a column holds; the import skips `other`. */
export type ColumnRole = 'user' | 'item' | 'rating' | 'timestamp' | 'weight' | 'other';

/** How the rows are written, and the indices that new ids are added to. */
export interface PlainRatingsOptions {
  readonly format: Pick<TableFormat, 'delimiter' | 'encoding'>;
  /** One a column. */
  readonly roles: readonly ColumnRole[];
  readonly scale: Scale;
  readonly users: IdIndex;
  readonly items: IdIndex;
  readonly times: TimeReader;
}

const none = -1;
const lineFeed = 10;
const carriageReturn = 13;
const blank = 32;
const lastPrintable = 126;
const comma = 44;
const dash = 45;
const point = 46;
const zero = 48;
const nine = 57;

/**
 * Reads plain rows: ratings are decimals within the scale, weights are decimals, timestamps are decimals or dates of the usual form, ids have no blanks around them, and
 * nothing is quoted. Nearly every MovieLens row is plain, and this is many times as fast as csv-parse.
 *
 * It never refuses a row. The caller gives every other row to csv-parse and `RatingParser`, which read or refuse it.
 */
export class PlainRatings {
  readonly #delimiter: number;
  readonly #delimiterWidth: number;
  readonly #encoding: 'utf8' | 'latin1';
  readonly #roles: readonly ColumnRole[];
  /** The comma that may stand before decimals; a code that no byte has where none may. */
  readonly #comma: number;
  readonly #hasWeights: boolean;
  readonly #scale: Scale;
  readonly #users: IdIndex;
  readonly #items: IdIndex;
  readonly #times: TimeReader;
  readonly #date: IsoDate;

  constructor({ format, roles, scale, users, items, times }: PlainRatingsOptions) {
    this.#delimiter = format.delimiter.charCodeAt(0);
    this.#delimiterWidth = format.delimiter.length;
    this.#encoding = format.encoding;
    this.#date = new IsoDate({ blankBeforeTime: format.delimiter !== ' ' });
    this.#roles = roles;
    this.#comma = hasDecimalCommas(format.delimiter) ? comma : none;
    this.#hasWeights = roles.includes('weight');
    this.#scale = scale;
    this.#users = users;
    this.#items = items;
    this.#times = times;
  }

  /** Whether any row may be plain. */
  get canRead(): boolean {
    return this.#times.takesNumbers || !this.#roles.includes('timestamp');
  }

  /**
   * Reads one row.
   *
   * @param bytes - whole lines of valid text without a quote
   * @param start - where the row begins
   * @returns the place after the row's line end; -1 when the row is not plain, and then nothing is added
   */
  read(bytes: Buffer, start: number, into: RatingList): number {
    let user: number | string = none;
    let item: number | string = none;
    let rating = Number.NaN;
    let timestamp = Number.NaN;
    let weight = Number.NaN;
    let isWithoutZone = false;
    let at = start;
    const last = this.#roles.length - 1;
    for (let column = 0; column <= last; column++) {
      const role = this.#roles[column]!;
      const begin = at;
      let digits = 0;
      let code = bytes[at];
      while (code !== undefined && code >= zero && code <= nine) {
        digits = 10 * digits + code - zero;
        code = bytes[++at];
      }
      if (role === 'timestamp' || role === 'rating' || role === 'weight') {
        if (at === begin) return none;
        if (code === dash && role === 'timestamp') {
          at = this.#date.read(bytes, begin);
          if (at < 0 || !this.#endsField(bytes[at])) return none;
          timestamp = this.#date.seconds;
          isWithoutZone = !this.#date.hasZone;
        } else {
          let divisor = 1;
          if (code === point || code === this.#comma) {
            code = bytes[++at];
            while (code !== undefined && code >= zero && code <= nine) {
              digits = 10 * digits + code - zero;
              divisor *= 10;
              code = bytes[++at];
            }
          }
          // Up to fifteen digits are exact in a double, so the quotient is rounded correctly.
          if (at - begin > 15) return none;
          const value = divisor === 1 ? digits : digits / divisor;
          if (role === 'rating') rating = value;
          else if (role === 'timestamp') timestamp = value;
          else weight = value;
        }
      } else {
        let isInteger =
          at > begin && at - begin <= 7 && (bytes[begin] !== zero || at - begin === 1);
        // Negative once a byte is not printable ASCII: a sign bit costs less than a branch for each byte.
        let printable = 0;
        while (!this.#endsField(code)) {
          printable |= (code! - blank) | (lastPrintable - code!);
          isInteger = false;
          code = bytes[++at];
        }
        if (role !== 'other') {
          let id: number | string = digits;
          if (!isInteger) {
            if (at === begin || at - begin > maxIdLength) return none;
            if (bytes[begin] === blank || bytes[at - 1] === blank) return none;
            id = bytes.toString(this.#encoding, begin, at);
            if (printable < 0 && !isId(id)) return none;
          }
          if (role === 'user') user = id;
          else item = id;
        }
      }
      if (column < last) {
        for (let i = 0; i < this.#delimiterWidth; i++) {
          if (bytes[at++] !== this.#delimiter) return none;
        }
      }
    }
    if (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed) at++;
    if (at < bytes.length && bytes[at] !== lineFeed) return none;
    if (rating < this.#scale.low || rating > this.#scale.high) return none;
    if (timestamp >= endTime) timestamp = this.#times.seconds(timestamp);
    into.push(indexOf(this.#users, user), indexOf(this.#items, item), rating, timestamp);
    if (this.#hasWeights) into.weigh(weight);
    if (isWithoutZone) this.#times.withoutZone++;
    return at + 1;
  }

  #endsField(code: number | undefined): boolean {
    return (
      code === undefined || code === this.#delimiter || code === lineFeed || code === carriageReturn
    );
  }
}

function indexOf(index: IdIndex, id: number | string): number {
  return typeof id === 'number' ? index.indexOfInteger(id) : index.indexOf(id);
}
