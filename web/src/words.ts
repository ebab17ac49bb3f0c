/** What the home calls its things, and sentences with these words. */

import { signal } from '@preact/signals';
import type { Words } from './server/api.js';

/** The words until the server has said which ones the home uses. */
export const neutralWords: Words = {
  item: 'item',
  items: 'items',
  user: 'user',
  users: 'users',
  event: 'click',
  events: 'clicks',
  category: 'category',
  categories: 'categories',
};

/** The words of the home; every text of the page is written with them. */
export const words = signal<Words>(neutralWords);

type Thing = 'item' | 'user' | 'event' | 'category';
const plurals = {
  item: 'items',
  user: 'users',
  event: 'events',
  category: 'categories',
} as const satisfies Record<Thing, keyof Words>;

/** A number of things: `1 film`, `20 films`, `1,500 ratings`. */
export function counted(count: number, thing: Thing): string {
  return `${count.toLocaleString()} ${words.value[count === 1 ? thing : plurals[thing]]}`;
}

/** A text with a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A word with `a` or `an`. */
export function withArticle(word: string): string {
  return `${/^[aeiou]/i.test(word) && !/^(use|uni|one)/i.test(word) ? 'an' : 'a'} ${word}`;
}
