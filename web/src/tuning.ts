/** The filters and sliders of a list, read from the address. */

import type { QueryChanges } from './address.js';
import type { ListOptions } from './server/api.js';

/** The reader's settings of a list. The address holds them. */
export interface Tuning {
  readonly n: number;
  readonly genres: readonly string[];
  readonly minYear: number | null;
  readonly maxYear: number | null;
  /** A filter by fields, such as `price<20`; empty for none. */
  readonly where: string;
  /** 0 to 1 */
  readonly diversity: number;
  /** 0 to 1 */
  readonly novelty: number;
  /** 0 to 1 */
  readonly explore: number;
  /** The seed of the exploration. */
  readonly seed: number;
  /** How many new products the list may hold. */
  readonly newItems: number;
}

const pageSize = 10;
const maxItems = 200;
const maxNewItems = 100;

/** Reads the settings of an address; an invalid value counts as missing. */
export function readTuning(query: URLSearchParams): Tuning {
  return {
    n: wholeNumber(query.get('n'), pageSize, maxItems) ?? pageSize,
    genres: query.getAll('genre'),
    minYear: wholeNumber(query.get('from'), 0, 9999),
    maxYear: wholeNumber(query.get('to'), 0, 9999),
    where: query.get('where') ?? '',
    diversity: part(query.get('diversity')),
    novelty: part(query.get('novelty')),
    explore: part(query.get('explore')),
    seed: wholeNumber(query.get('seed'), 0, 2 ** 31) ?? 0,
    newItems: wholeNumber(query.get('new'), 0, maxNewItems) ?? 0,
  };
}

/** The query parameters for settings; defaults are left out. */
export function tuningQuery(tuning: Tuning): QueryChanges {
  const { n, genres, minYear, maxYear, where, diversity, novelty, explore, seed, newItems } =
    tuning;
  return {
    n: n === pageSize ? null : n,
    genre: genres,
    from: minYear,
    to: maxYear,
    where: where || null,
    diversity: diversity || null,
    novelty: novelty || null,
    explore: explore || null,
    seed: explore > 0 && seed > 0 ? seed : null,
    new: newItems || null,
  };
}

/** The request options for settings; defaults are left out. */
export function listOptions(tuning: Tuning): ListOptions {
  const { n, genres, minYear, maxYear, where, diversity, novelty, explore, seed, newItems } =
    tuning;
  return {
    n,
    explain: true,
    fields: '*',
    ...(genres.length > 0 && { genre: genres }),
    ...(minYear !== null && { minYear }),
    ...(maxYear !== null && { maxYear }),
    ...(where !== '' && { where }),
    ...(diversity > 0 && { diversity: rerankedBy(diversity) }),
    ...(novelty > 0 && { novelty }),
    ...(explore > 0 && { explore, seed }),
    ...(newItems > 0 && { newItems }),
  };
}

/**
 * The `diversity` of a request for a place of the slider. Reranking changes hardly anything below 0.4 and gives up
 * the matches above 0.85, so the slider spreads what lies between.
 */
function rerankedBy(slider: number): number {
  return Math.round(85 * slider ** 0.6) / 100;
}

/** Default settings with the same length of the list. */
export function untuned({ n }: Tuning): Tuning {
  return { ...readTuning(new URLSearchParams()), n };
}

/** Whether any setting but the length of the list differs from its default. */
export function isTuned(tuning: Tuning): boolean {
  return JSON.stringify(tuning) !== JSON.stringify({ ...untuned(tuning), seed: tuning.seed });
}

/** The settings for a list that is one page longer. */
export function longer(tuning: Tuning): Tuning {
  return { ...tuning, n: Math.min(maxItems, tuning.n + pageSize) };
}

function part(text: string | null): number {
  const value = Number(text ?? 0);
  return value >= 0 && value <= 1 ? value : 0;
}

function wholeNumber(text: string | null, min: number, max: number): number | null {
  if (text === null || !/^\d+$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}
