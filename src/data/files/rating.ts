/** Turns a row of fields into a rating, or says which rule it breaks. */
import { remedies } from '../../remedies.js';
import { type ItemId, isId, readId, type UserId } from '../ids.js';
import type { RatingColumns } from './columns.js';
import type { RefusedRow } from './text/table-rows.js';
import { numberIn } from './values/numbers.js';
import { TimeReader } from './values/times.js';

/** One accepted row of a ratings file. */
export interface Rating {
  readonly userId: UserId;
  readonly itemId: ItemId;
  /** Null where the file has no rating column: the row is a click. */
  readonly rating: number | null;
  /** Seconds since 1970; null where the file has no timestamp column. */
  readonly timestamp: number | null;
  /** How much the row counts; below 0 for what was sent back. Null where no column of weights is read. */
  readonly weight: number | null;
}

/** The lowest and highest rating that a file may hold. */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

/** Ratings of half stars, as MovieLens has them since 2003. */
export const halfStars: Scale = { low: 0.5, high: 5 };
/** Ratings of whole stars, as the oldest MovieLens data have them. */
export const wholeStars: Scale = { low: 1, high: 5 };

/** How a file writes its values. */
export interface RatingWriting {
  readonly scale: Scale;
  /** Default: times as numbers, or as dates with the year first. */
  readonly times?: TimeReader;
  /** Whether a comma may stand before the decimals of a number. Default: false */
  readonly decimalCommas?: boolean;
}

type Fault = Pick<RefusedRow, 'column' | 'value' | 'rule' | 'remedy'>;

/** Turns rows of fields into ratings, or says which rule a row breaks. */
export class RatingParser {
  /** Ids of accepted rows so far that had blanks around them. */
  trimmedIds = 0;
  /** Rows so far whose rating is a number outside of the scale. */
  outOfScale = 0;
  readonly #names: readonly string[];
  readonly #columns: RatingColumns;
  readonly #scale: Scale;
  readonly #times: TimeReader;
  readonly #decimalCommas: boolean;
  /** The numbers of texts. A file holds few different ratings, millions of times each. */
  readonly #known = new Map<string, number>();

  /** @param names - the file's column names; a row must have one field for each */
  constructor(
    names: readonly string[],
    columns: RatingColumns,
    { scale, times = new TimeReader(), decimalCommas = false }: RatingWriting,
  ) {
    this.#names = names;
    this.#columns = columns;
    this.#scale = scale;
    this.#times = times;
    this.#decimalCommas = decimalCommas;
  }

  /** The rating of a row, or the first rule that it breaks; columns are checked from user to weight. */
  parse(row: readonly string[]): Rating | Fault {
    if (row.length !== this.#names.length) return this.#wrongLength(row);
    const { user, item, rating, timestamp, weight } = this.#columns;
    const userId = wholeId(row[user]!);
    if ('rule' in userId) return this.#fault(user, row[user]!, userId.rule);
    const itemId = wholeId(row[item]!);
    if ('rule' in itemId) return this.#fault(item, row[item]!, itemId.rule);
    let value: number | null = null;
    if (rating !== null) {
      const parsed = this.#known.get(row[rating]!) ?? this.#rating(row[rating]!.trim());
      if (typeof parsed === 'object') {
        return { ...this.#fault(rating, row[rating]!, parsed.rule), ...parsed };
      }
      value = parsed;
    }
    let time: number | null = null;
    if (timestamp !== null) {
      const parsed = this.#times.read(row[timestamp]!.trim());
      if (typeof parsed === 'string') return this.#fault(timestamp, row[timestamp]!, parsed);
      time = parsed;
    }
    let counted: number | null = null;
    if (weight !== null) {
      const parsed = this.#weight(row[weight]!.trim());
      if (typeof parsed === 'string') return this.#fault(weight, row[weight]!, parsed);
      counted = parsed;
    }
    if (userId.id !== row[user]) this.trimmedIds++;
    if (itemId.id !== row[item]) this.trimmedIds++;
    return {
      userId: userId.id as UserId,
      itemId: itemId.id as ItemId,
      rating: value,
      timestamp: time,
      weight: counted,
    };
  }

  /** A rating's number, or the rule that its text breaks. */
  #rating(text: string): number | Pick<Fault, 'rule' | 'remedy'> {
    if (text === '') return { rule: 'a rating must not be empty' };
    const value = numberIn(text, { decimalCommas: this.#decimalCommas });
    if (!Number.isFinite(value)) return { rule: 'a rating must be a number' };
    const { low, high } = this.#scale;
    if (value < low || value > high) {
      this.outOfScale++;
      const { cause: rule, remedy } = remedies.ratingOutOfScale({ low, high });
      return { rule, remedy };
    }
    if (this.#known.size < 1000) this.#known.set(text, value);
    return value;
  }

  /** A weight's number, or the rule that its text breaks. */
  #weight(text: string): number | string {
    if (text === '') return 'a weight must not be empty';
    const value = numberIn(text, { decimalCommas: this.#decimalCommas });
    return Number.isFinite(value) ? value : 'a weight must be a number';
  }

  #wrongLength(row: readonly string[]): Fault {
    const expected = this.#names.length;
    const rule = `the row has ${row.length} fields where ${expected} are expected`;
    const missing = this.#names[row.length];
    return missing === undefined
      ? { column: String(expected + 1), value: row[expected]!, rule }
      : { column: missing, value: '', rule: `${rule}: ${missing} is missing` };
  }

  #fault(column: number, value: string, rule: string): Fault {
    return { column: this.#names[column] ?? String(column + 1), value, rule };
  }
}

function wholeId(text: string): ReturnType<typeof readId> {
  return isId(text) ? { id: text } : readId(text);
}
