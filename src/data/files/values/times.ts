/** Reads the times of a file, which are numbers or dates. */
import { isTime, perSecond, smallUnitOf } from '../../time.js';
import { compactDateIn, dateIn, type TimeForm, type WrittenDate } from './dates.js';
import { numberIn } from './numbers.js';

/** How a file writes its times. */
export interface TimeWriting {
  /** Default: `usual`. */
  readonly form?: TimeForm;
  /** Whether a comma may stand before the decimals. Default: false */
  readonly decimalCommas?: boolean;
}

/** Reads the times of a file, and counts those that it converts into seconds. */
export class TimeReader {
  /** Times so far that were in milliseconds. */
  milliseconds = 0;
  /** Times so far that were in microseconds. */
  microseconds = 0;
  /** Dates so far without separators, such as 20231114. */
  compactDates = 0;
  /** Dates so far without a zone, which were taken as UTC. */
  withoutZone = 0;
  readonly #writing: TimeWriting;

  constructor(writing: TimeWriting = {}) {
    this.#writing = writing;
  }

  /** Whether a number alone is a time. */
  get takesNumbers(): boolean {
    return this.#writing.form !== 'compact';
  }

  /** A text's time, or the rule that the text breaks. */
  read(text: string): number | string {
    if (!this.takesNumbers) return this.#date(compactDateIn(text), compactRule);
    const value = numberIn(text, this.#writing);
    if (Number.isNaN(value)) return this.#date(dateIn(text), textRule);
    const seconds = this.seconds(value);
    return Number.isNaN(seconds) ? numberRule : seconds;
  }

  /** A number's time; NaN when it is none in any unit. */
  seconds(value: number): number {
    if (isTime(value)) return value;
    const unit = smallUnitOf(value);
    if (unit === null) return Number.NaN;
    this[unit]++;
    return value / perSecond[unit];
  }

  #date(date: WrittenDate | null, rule: string): number | string {
    if (date === null) return rule;
    if (Number.isNaN(date.seconds)) return 'must be a day of the calendar and a time of the day';
    if (!date.hasZone) this.withoutZone++;
    if (!this.takesNumbers) this.compactDates++;
    return date.seconds;
  }
}

const numberRule =
  'must be seconds, milliseconds or microseconds since 1970, in the years 1 to 9999';
const textRule =
  'must be a number, seconds since 1970, or a date such as 2023-11-14 or 2023-11-14T09:30:00Z';
const compactRule = 'must be a date such as 20231114, as the first rows have';
