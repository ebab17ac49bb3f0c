/** The route that describes the home to whoever shows it to people. */

import { z } from 'zod';
import type { Words } from '../../config/words.js';
import type { FollowedSettings } from '../../serving/settings/settings.js';
import { describeHome, type WordSource } from '../../serving/words/home-words.js';
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

/** @param settings - what the operator chose */
export function homeRoutes(
  store: WordSource,
  settings: Pick<FollowedSettings, 'current'>,
): Route[] {
  return [
    route({
      method: 'get',
      path: '/home',
      scope: 'read',
      summary: 'What the home calls its things, and what its items have',
      query: z.strictObject({}),
      responses: {
        200: {
          description:
            'the words are in lower case, guessed from the data or chosen by the operator',
          body: z.strictObject({
            words: wordsReply,
            fields: z
              .array(
                z.strictObject({
                  name: z.string(),
                  type: z.enum(['number', 'text', 'boolean', 'date', 'list']),
                }),
              )
              .describe('the fields that items have beside title, genres and year'),
            hasYears: z.boolean().describe('whether items have a year'),
            imageHosts: z
              .array(z.string())
              .describe(
                'where the page may load images of items from, such as https://*.shop.example',
              ),
          }),
        },
      },
      handle: async () => ({ body: await describeHome(store, await settings.current()) }),
    }),
  ];
}
