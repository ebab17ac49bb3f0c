/** What a shop may say of an item: the rules, and the change that it means. */
import { ArgumentError, showValue } from '../../errors.js';
import { isUnicode } from '../ids.js';
import type { ItemChange } from '../store/items/item-change.js';
import { readFields } from './fields.js';

/** What a shop says of an item. What is absent, or null, gets its default, or stays as it is in a change. */
export interface ItemDescription {
  readonly title?: string | null | undefined;
  readonly year?: number | null | undefined;
  /** Its genres or categories. */
  readonly genres?: readonly string[] | null | undefined;
  /** Whether an answer may hold it. Default: true. */
  readonly available?: boolean | null | undefined;
  /** Numbers, texts, true or false, dates and lists, by name. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** Limits and rules of a description; each rule completes a sentence that ends with "give". */
export const itemRules = {
  maxTitle: 2000,
  maxGenres: 1000,
  maxGenre: 500,
  minYear: 0,
  maxYear: 9999,
  title: 'a string of 1 to 2000 characters, without NUL, or null for none',
  year: 'an integer from 0 to 9999, or null for none',
  genres: 'a list of at most 1000 strings, each of 1 to 500 characters, or null for none',
  available: 'true or false',
} as const;

/**
 * The change that a description means.
 *
 * @throws ArgumentError naming what is wrong, with its value and its rule
 */
export function readItem(itemId: string, description: ItemDescription): ItemChange {
  const { title, year, genres, available, fields = {} } = description;
  const check = (name: 'title' | 'year' | 'genres' | 'available', isRight: boolean) => {
    if (isRight) return;
    throw new ArgumentError(`${name} is ${showValue(description[name])}; give ${itemRules[name]}`);
  };
  check('title', title == null || isText(title, itemRules.maxTitle));
  check('year', year == null || isYear(year));
  check('genres', genres == null || isGenres(genres));
  check('available', available == null || typeof available === 'boolean');
  return {
    itemId,
    title,
    year,
    genres: genres === null ? [] : genres,
    available: available === null ? true : available,
    fields: readFields(fields),
  };
}

function isText(value: unknown, max: number): boolean {
  if (typeof value !== 'string' || value === '' || value.includes('\0')) return false;
  return [...value].length <= max && isUnicode(value);
}

function isYear(value: unknown): boolean {
  return (
    Number.isInteger(value) &&
    Number(value) >= itemRules.minYear &&
    Number(value) <= itemRules.maxYear
  );
}

function isGenres(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= itemRules.maxGenres &&
    value.every((genre) => isText(genre, itemRules.maxGenre))
  );
}
