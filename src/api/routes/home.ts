/** The route that describes the home to whoever shows it to people. */

import { z } from 'zod';
import type { Words } from '../../config/words.js';
import { homeWords, type WordSource } from '../../serving/words/home-words.js';
import { type Route, route } from '../route.js';

const both = (meaning: string, example: string) =>
  z.string().describe(`${meaning}, such as ${example}`);

const wordsReply = z
  .strictObject({
    item: both('what is recommended', 'film'),
    items: both('its plural', 'films'),
    user: both('whom it is recommended to', 'customer'),
    users: both('its plural', 'customers'),
    event: both('what a user does with an item', 'purchase'),
    events: both('its plural', 'purchases'),
    category: both('what items are sorted into', 'genre'),
    categories: both('its plural', 'genres'),
  } satisfies Record<keyof Words, z.ZodType>)
  .meta({ id: 'Words' });

export function homeRoutes(store: WordSource): Route[] {
  return [
    route({
      method: 'get',
      path: '/home',
      scope: 'read',
      summary: 'What the home calls its items, users, events and categories',
      query: z.strictObject({}),
      responses: {
        200: {
          description: 'words in lower case, guessed from the data or chosen by the operator',
          body: z.strictObject({ words: wordsReply }),
        },
      },
      handle: async () => ({ body: { words: await homeWords(store) } }),
    }),
  ];
}
