/** The words of a home, guessed from what its store holds. */

import { type ChosenWords, guessWords, type Words, withChosenWords } from '../../config/words.js';
import type { Store } from '../../data/store/store.js';

/** The part of a store that gives the words away. */
export type WordSource = Pick<Store, 'dataset' | 'itemFields' | 'genres' | 'listItems'>;

/** How many items are looked at for a year. */
const itemsLookedAt = 20;

/** What a home calls its things; `chosen` are the words that its operator chose. */
export async function homeWords(store: WordSource, chosen: ChosenWords = {}): Promise<Words> {
  const [dataset, fields, genres, items] = await Promise.all([
    store.dataset(),
    store.itemFields(),
    store.genres(),
    store.listItems({ n: itemsLookedAt }),
  ]);
  const guessed = guessWords({
    names: dataset === null ? [] : [dataset.name, ...dataset.files],
    fields: fields.map(({ name }) => name),
    categories: genres.map(({ genre }) => genre),
    hasYears: items.some(({ year }) => year !== null),
    hasRatings: dataset !== null && dataset.scale !== null,
  });
  return withChosenWords(guessed, chosen);
}
