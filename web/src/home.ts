/** What the page knows of the home that it shows: its words, the fields of its items, where images may come from. */

import { computed, signal } from '@preact/signals';
import { cardFieldsOf } from './items/card-fields.js';
import { describeHome, type HomeDescription } from './server/api.js';
import { Problem } from './server/connection.js';
import { useResource } from './server/resource.js';
import { neutralWords, words } from './words.js';

/** The description of the home; that of an unknown one until the server has answered. */
export const home = signal<HomeDescription>({
  words: neutralWords,
  fields: [],
  hasYears: false,
  imageHosts: [],
});

/** The fields that cards show. */
export const cardFields = computed(() => cardFieldsOf(home.value.fields));

/**
 * Asks for items with the fields that cards show, and no other, because a description may be long.
 *
 * @param load - gets the parameter `fields`; asked again without it where a field is gone since the page was opened
 */
export async function withCardFields<T>(load: (fields?: string) => Promise<T>): Promise<T> {
  const { image, link, price, currency, more } = cardFields.value;
  const names = [image, link, price, currency, ...more].filter(
    (name) => name !== null && !name.includes(','),
  );
  if (names.length === 0) return load();
  try {
    return await load(names.join(','));
  } catch (error) {
    if (error instanceof Problem && error.status === 400) return load();
    throw error;
  }
}

/** Loads the description of the home. Gives whether the page can begin: it is known, or cannot be had. */
export function useHome(): boolean {
  const { value, error } = useResource('home', async (signal) => {
    const description = await describeHome(signal);
    home.value = description;
    words.value = description.words;
    return description;
  });
  return value !== undefined || error !== undefined;
}
