/** Dates as people write them in files. */
import { isTime } from '../../time.js';

/** A date, with or without a time of day, that a text writes. */
export interface WrittenDate {
  /** Seconds since 1970; NaN where the calendar has no such day, or the day no such time. */
  readonly seconds: number;
  /** Whether the text says its zone. A time without one is UTC. */
  readonly hasZone: boolean;
}

const clock = String.raw`(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:\s*([ap])\.?m\.?)?`;
const zone = String.raw`(z|utc|gmt|[+-]\d{2}(?::?\d{2})?)`;
/** ISO 8601, also with slashes or points, without leading zeros, and with a blank before the time and the zone. */
const separated = new RegExp(
  String.raw`^(\d{4})(?:-(\d{1,2})-|\/(\d{1,2})\/|\.(\d{1,2})\.)(\d{1,2})(?:(?:t|\s+)${clock}(?:\s*${zone})?)?$`,
  'i',
);
/** ISO 8601 without separators. */
const basic = new RegExp(
  String.raw`^(\d{4})(\d{2})(\d{2})t(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d+))?)?${zone}?$`,
  'i',
);
/** The same without a `T`, which looks like a number of seconds. */
const compact = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?$/;
/** The year comes last, so the first number may be the day or the month. */
const doubtful = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)/;

/** The date that a text writes with its year first; null for another text. */
export function dateIn(text: string): WrittenDate | null {
  let match = separated.exec(text);
  if (match !== null) {
    const [, year, dashed, slashed, dotted, day, hour, minute, second, fraction, half, offset] =
      match;
    const month = dashed ?? slashed ?? dotted;
    return written({ year, month, day, hour, minute, second, fraction, half, offset });
  }
  match = basic.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  return written({ year, month, day, hour, minute, second, fraction, half: undefined, offset });
}

/** The date of a text such as 20231114 or 20231114093000; null for another text. */
export function compactDateIn(text: string): WrittenDate | null {
  const match = compact.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const none = undefined;
  return written({
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction: none,
    half: none,
    offset: none,
  });
}

/** The parts of a date, as a text writes them. */
type DateParts = Readonly<
  Record<
    'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction' | 'half' | 'offset',
    string | undefined
  >
>;

function written(parts: DateParts): WrittenDate {
  const hasZone = parts.offset !== undefined;
  const year = Number(parts.year);
  const month = Number(parts.month);
  const day = Number(parts.day);
  const hour = hourOf(parts);
  const minute = Number(parts.minute ?? 0);
  const second = Number(parts.second ?? 0);
  const offset = secondsOf(parts.offset);
  // Date.UTC would read the years 1 to 99 as those of the twentieth century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isDay = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isMidnight = hour === 24 && minute === 0 && second === 0;
  const isClock = (hour < 24 || isMidnight) && minute < 60 && second < 60;
  if (!isDay || !isClock) return { seconds: Number.NaN, hasZone };
  const whole = date.getTime() / 1000 + 3600 * hour + 60 * minute + second - offset;
  // Read as one number, the fraction is rounded once.
  const fraction = parts.fraction ?? '0';
  const seconds = whole < 0 ? whole + Number(`0.${fraction}`) : Number(`${whole}.${fraction}`);
  return { seconds: isTime(seconds) ? seconds : Number.NaN, hasZone };
}

/** The hour from 0 to 24; NaN for one that a clock of twelve hours does not have. */
function hourOf({ hour = '0', half }: DateParts): number {
  const value = Number(hour);
  if (half === undefined) return value;
  if (value < 1 || value > 12) return Number.NaN;
  return (value % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

/** The seconds by which a zone is before UTC; NaN for a zone that is nowhere. */
function secondsOf(offset: string | undefined): number {
  // Stryker disable next-line StringLiteral: no other text is a zone either
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset ?? '');
  if (match === null) return 0;
  const [, sign, hours, minutes = '0'] = match;
  if (Number(hours) > 15 || Number(minutes) > 59) return Number.NaN;
  return (sign === '-' ? -1 : 1) * (3600 * Number(hours) + 60 * Number(minutes));
}

/**
 * How a column writes its times: `usual`, as numbers or as dates with the year first; `compact`, as dates without
 * separators; `doubtful`, with the year last.
 */
export type TimeForm = 'usual' | 'compact' | 'doubtful';

/** How a column writes its times, by its first values. */
export function timeFormOf(values: readonly string[]): TimeForm {
  const texts = values.map((text) => text.trim()).filter((text) => text !== '');
  if (texts.length === 0) return 'usual';
  if (texts.every(isCompactDate)) return 'compact';
  return texts.some((text) => doubtful.test(text)) ? 'doubtful' : 'usual';
}

/** Whether a text is a date without separators, in years whose seconds nobody means. */
function isCompactDate(text: string): boolean {
  const date = compactDateIn(text);
  return date !== null && !Number.isNaN(date.seconds) && /^(19|20)/.test(text);
}

/** What comes first in dates with the year last: days or months; null where the first values do not show it. */
export function firstPartOf(values: readonly string[]): 'days' | 'months' | null {
  const dates = values.map((text) => doubtful.exec(text.trim()));
  if (dates.some((date) => Number(date?.[1]) > 12)) return 'days';
  return dates.some((date) => Number(date?.[3]) > 12) ? 'months' : null;
}
