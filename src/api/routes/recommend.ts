import { z } from 'zod';
import { choice, flag, integer } from '../parameters.js';
import { type Recommendations, recommendationLimits } from '../recommendations.js';
import { type Route, route } from '../route.js';
import { noRun } from './health.js';

const { maxN, defaultN } = recommendationLimits;

const rankedItem = z.strictObject({
  itemId: z.string(),
  rank: z.int(),
  score: z.number(),
  title: z.string().nullable(),
  genres: z.array(z.string()),
  year: z.int().nullable(),
});

/** What a user should see. */
export function recommendRoutes(recommendations: Recommendations | null): Route[] {
  return [
    route({
      ...{ method: 'get', path: '/recommend/:userId', scope: 'read' },
      summary: 'The best items for a user',
      params: z.object({ userId: z.string() }),
      query: z.strictObject({
        n: integer(1, maxN).default(defaultN),
        excludeSeen: flag().default(true),
        fallback: choice(['popularity', 'none']).default('popularity'),
      }),
      responses: {
        200: {
          description: 'the list, best first',
          body: z.strictObject({
            userId: z.string(),
            source: z.enum(['model', 'popularity']),
            modelVersion: z.string(),
            items: z.array(rankedItem),
          }),
        },
        404: { description: 'no click decides, and `fallback` is `none`' },
        503: { description: 'no run is active' },
      },
      handle: async ({ params, query }) => {
        if (recommendations === null) throw noRun();
        return { body: await recommendations.recommend(params.userId, query) };
      },
    }),
  ];
}
