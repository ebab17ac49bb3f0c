/** The route of the nights: what each refresh of the home found and did. */

import { z } from 'zod';
import { type NightSource, nightSchema, readNights } from '../../home/nights/night.js';
import { withoutHome } from '../../serving/home-paths.js';
import { type Route, route } from '../route.js';

/** How many nights an answer holds at most. */
const maxNights = 100;

/** @param home - the folder, which no answer names */
export function nightRoutes(store: NightSource, home: string): Route[] {
  return [
    route({
      method: 'get',
      path: '/nights',
      scope: 'read',
      summary: 'What each night’s `multvae refresh` found and did, the newest first',
      query: z.strictObject({}),
      responses: {
        200: {
          description: `the newest ${maxNights}; none where the home was never refreshed`,
          body: z.strictObject({ nights: z.array(nightSchema.meta({ id: 'Night' })) }),
        },
      },
      handle: async () => {
        const nights = await readNights(store, maxNights);
        return {
          body: {
            nights: nights.map((night) => ({ ...night, reason: withoutHome(night.reason, home) })),
          },
        };
      },
    }),
  ];
}
