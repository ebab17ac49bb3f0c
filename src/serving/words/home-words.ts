/** What a home calls its things, and what its items have, from what its store holds. */

import type { HomeSettings } from '../../config/home-settings.js';
import { guessWords, type Words, withChosenWords } from '../../config/words.js';
import type { Field } from '../../data/items/fields.js';
import type { Store } from '../../data/store/store.js';
import { readSettings, type SettingsSource } from '../settings/settings.js';

/** The part of a store that gives the words away. */
export type WordSource = Pick<Store, 'dataset' | 'itemFields' | 'genres' | 'listItems'>;

/** What a page has to know of a home before it shows anything of it. */
export interface HomeDescription {
  readonly words: Words;
  /** The fields that items have beside title, genres and year. */
  readonly fields: readonly Field[];
  /** Whether items have a year. */
  readonly hasYears: boolean;
  /** Where the images of items may come from, as sources of a Content-Security-Policy. */
  readonly imageHosts: readonly string[];
}

/** How many items are looked at for a year. */
const itemsLookedAt = 20;

/** What a home calls its things. */
export async function homeWords(store: WordSource & SettingsSource): Promise<Words> {
  return (await describeHome(store, await readSettings(store))).words;
}

/** Describes a home to its pages. */
export async function describeHome(
  store: WordSource,
  { words = {}, imageHosts = [] }: HomeSettings,
): Promise<HomeDescription> {
  const [dataset, fields, genres, items] = await Promise.all([
    store.dataset(),
    store.itemFields(),
    store.genres(),
    store.listItems({ n: itemsLookedAt }),
  ]);
  const hasYears = items.some(({ year }) => year !== null);
  const guessed = guessWords({
    names: dataset === null ? [] : [dataset.name, ...dataset.files],
    fields: fields.map(({ name }) => name),
    categories: genres.map(({ genre }) => genre),
    hasYears,
    hasRatings: dataset !== null && dataset.scale !== null,
  });
  return { words: withChosenWords(guessed, words), fields, hasYears, imageHosts };
}
