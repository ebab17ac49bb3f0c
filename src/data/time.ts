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
