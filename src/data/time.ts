/**
 * Times: seconds since 1970, with fractions, negative before 1970. Import, feedback and routes all ask here.
 *
 * A time is in the years 1 to 9999. A number beyond is no second that anybody means, so a file's milliseconds and
 * microseconds are recognised by their size: as seconds, milliseconds of 1978 and later lie after the year 9999.
 */

/** The first time, inclusive: the beginning of the year 1. */
export const minTime = -62_135_596_800;
/** The end of times, exclusive: the end of the year 9999. */
export const endTime = 253_402_300_800;

/** What a time is, to complete a sentence that ends with "give". */
export const timeRule = 'a number of seconds since 1970, in the years 1 to 9999';

/** Whether a number is a time. */
export function isTime(seconds: number): boolean {
  return seconds >= minTime && seconds < endTime;
}

/** How many of each make a second. */
export const perSecond = { milliseconds: 1e3, microseconds: 1e6 } as const;

/** A unit that a file's times may have instead of seconds. */
export type SmallUnit = keyof typeof perSecond;

/** The unit in which a number is a time that is no time in seconds; null when there is none. */
export function smallUnitOf(value: number): SmallUnit | null {
  if (isTime(value)) return null;
  if (isTime(value / perSecond.milliseconds)) return 'milliseconds';
  return isTime(value / perSecond.microseconds) ? 'microseconds' : null;
}

/** Reads the times of a file, and counts those that it converts into seconds. */
export class TimeReader {
  /** Times so far that were in milliseconds. */
  milliseconds = 0;
  /** Times so far that were in microseconds. */
  microseconds = 0;

  /** A text's time, or the rule that the text breaks. */
  read(text: string): number | string {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    const seconds = this.seconds(value);
    if (!Number.isNaN(seconds)) return seconds;
    if (Number.isNaN(value)) return 'must be a number, seconds since 1970';
    return 'must be seconds, milliseconds or microseconds since 1970, in the years 1 to 9999';
  }

  /** A number's time; NaN when it is none in any unit. */
  seconds(value: number): number {
    if (isTime(value)) return value;
    const unit = smallUnitOf(value);
    if (unit === null) return Number.NaN;
    this[unit]++;
    return value / perSecond[unit];
  }
}
