/** The fast way to read dates: those of the usual form, straight from their bytes. */

const zero = 48;
const dash = 45;
const plus = 43;
const colon = 58;
const point = 46;
const blank = 32;
const letterT = 84;
const letterZ = 90;

/** The days of each month in a year that is no leap year. */
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads dates such as `2023-11-14`, `2023-11-14 09:30`, `2023-11-14T09:30:15.123Z` and `2023-11-14T09:30:15+01:00` of
 * 1970 and later. `dateIn` reads or refuses every other one.
 */
export class IsoDate {
  /** Seconds since 1970 of the date that was read last. */
  seconds = 0;
  /** Whether that date says its zone. */
  hasZone = false;
  readonly #blankBeforeTime: boolean;

  /** @param options - `blankBeforeTime`: whether a blank may stand between day and time. It may separate fields */
  constructor({ blankBeforeTime }: { readonly blankBeforeTime: boolean }) {
    this.#blankBeforeTime = blankBeforeTime;
  }

  /** @returns the place after the date; -1 where none of these forms stands there */
  read(bytes: Buffer, start: number): number {
    const year = 100 * twoDigits(bytes, start) + twoDigits(bytes, start + 2);
    const month = twoDigits(bytes, start + 5);
    const day = twoDigits(bytes, start + 8);
    if (bytes[start + 4] !== dash || bytes[start + 7] !== dash) return -1;
    // Comparisons with NaN are false, so that a place without two digits is no number that is allowed.
    if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) {
      return -1;
    }
    this.hasZone = false;
    this.seconds = 86_400 * daysSince1970(year, month, day);
    const at = start + 10;
    const between = bytes[at];
    return between === letterT || (between === blank && this.#blankBeforeTime)
      ? this.#readClock(bytes, at + 1)
      : at;
  }

  #readClock(bytes: Buffer, start: number): number {
    const hour = twoDigits(bytes, start);
    const minute = twoDigits(bytes, start + 3);
    if (bytes[start + 2] !== colon || !(hour < 24 && minute < 60)) return -1;
    let seconds = this.seconds + 3600 * hour + 60 * minute;
    let at = start + 5;
    let fraction = 0;
    let divisor = 1;
    if (bytes[at] === colon) {
      const second = twoDigits(bytes, at + 1);
      if (!(second < 60)) return -1;
      seconds += second;
      at += 3;
      if (bytes[at] === point) {
        const begin = ++at;
        for (; isDigit(bytes[at]); at++) {
          fraction = 10 * fraction + bytes[at]! - zero;
          divisor *= 10;
        }
        // Then both parts together are exact in a double, so the quotient is rounded correctly.
        if (at === begin || at - begin > 4) return -1;
      }
    }
    const sign = bytes[at];
    if (sign === letterZ) {
      this.hasZone = true;
      at++;
    } else if (sign === plus || sign === dash) {
      const hours = twoDigits(bytes, at + 1);
      const minutes = twoDigits(bytes, at + 4);
      if (bytes[at + 3] !== colon || !(hours <= 15 && minutes < 60)) return -1;
      this.hasZone = true;
      seconds -= (sign === plus ? 1 : -1) * (3600 * hours + 60 * minutes);
      at += 6;
    }
    if (seconds < 0) return -1;
    this.seconds = (seconds * divisor + fraction) / divisor;
    return at;
  }
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= zero && code <= zero + 9;
}

/** The number of two digits; NaN where none are. */
function twoDigits(bytes: Buffer, at: number): number {
  const tens = bytes[at];
  const ones = bytes[at + 1];
  return isDigit(tens) && isDigit(ones) ? 10 * (tens! - zero) + ones! - zero : Number.NaN;
}

function daysOf(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : monthDays[month - 1]!;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days from 1970 to a day, of 1970 or later. The year is taken to begin in March, so that a leap day ends it. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const century = Math.floor(shifted / 100);
  const leapDays = Math.floor(shifted / 4) - century + Math.floor(century / 4);
  const monthsFromMarch = (month + 9) % 12;
  const dayOfYear = Math.floor((153 * monthsFromMarch + 2) / 5) + day - 1;
  // 719,468 days lie between March of the year 0 and 1970.
  return 365 * shifted + leapDays + dayOfYear - 719_468;
}
