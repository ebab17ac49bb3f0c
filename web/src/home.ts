/** What the page knows of the home that it shows: its words, the fields of its items, where images may come from. */

import { computed, signal } from '@preact/signals';
import { cardFieldsOf } from './items/card-fields.js';
import { describeHome, type HomeDescription } from './server/api.js';
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

/** The parameter `fields` of requests for lists. */
export const listFields = computed(() => (home.value.fields.length > 0 ? '*' : undefined));

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
