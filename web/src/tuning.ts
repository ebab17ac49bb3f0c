import type { QueryChanges } from './address.js';
import type { ListOptions } from './server/api.js';

/** What the reader set for a list; it lives in the address. */
export interface Tuning {
  readonly n: number;
  readonly genres: readonly string[];
  readonly minYear: number | null;
  readonly maxYear: number | null;
  /** 0 to 1 */
  readonly diversity: number;
  /** 0 to 1 */
  readonly explore: number;
  /** Which exploration. */
  readonly seed: number;
}

const pageSize = 10;
const maxItems = 200;

/** The settings in an address; what makes no sense there is as if it were not. */
export function readTuning(query: URLSearchParams): Tuning {
  return {
    n: wholeNumber(query.get('n'), pageSize, maxItems) ?? pageSize,
    genres: query.getAll('genre'),
    minYear: wholeNumber(query.get('from'), 0, 9999),
    maxYear: wholeNumber(query.get('to'), 0, 9999),
    diversity: part(query.get('diversity')),
    explore: part(query.get('explore')),
    seed: wholeNumber(query.get('seed'), 0, 2 ** 31) ?? 0,
  };
}

/** What to put into the address for settings; what is as at first is left out. */
export function tuningQuery(tuning: Tuning): QueryChanges {
  const { n, genres, minYear, maxYear, diversity, explore, seed } = tuning;
  return {
    n: n === pageSize ? null : n,
    genre: genres,
    from: minYear,
    to: maxYear,
    diversity: diversity || null,
    explore: explore || null,
    seed: explore > 0 && seed > 0 ? seed : null,
  };
}

/** What to ask the server for. */
export function listOptions(tuning: Tuning): ListOptions {
  const { n, genres, minYear, maxYear, diversity, explore, seed } = tuning;
  return {
    n,
    explain: true,
    ...(genres.length > 0 && { genre: genres }),
    ...(minYear !== null && { minYear }),
    ...(maxYear !== null && { maxYear }),
    ...(diversity > 0 && { diversity }),
    ...(explore > 0 && { explore, seed }),
  };
}

/** The settings of a list that nobody tuned, of the same length. */
export function untuned({ n }: Tuning): Tuning {
  return { ...readTuning(new URLSearchParams()), n };
}

/** Whether anything but the length of the list was set. */
export function isTuned(tuning: Tuning): boolean {
  return JSON.stringify(tuning) !== JSON.stringify({ ...untuned(tuning), seed: tuning.seed });
}

/** The settings with room for another page. */
export function longer(tuning: Tuning): Tuning {
  return { ...tuning, n: Math.min(maxItems, tuning.n + pageSize) };
}

function part(text: string | null): number {
  const value = Number(text ?? 0);
  return value >= 0 && value <= 1 ? value : 0;
}

function wholeNumber(text: string | null, least: number, most: number): number | null {
  if (text === null || !/^\d+$/.test(text)) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
}
