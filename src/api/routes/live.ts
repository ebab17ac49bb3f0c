/** The route that says whether the lists earn. */

import { z } from 'zod';
import type { LiveKeeper } from '../../serving/lists/live-keeper.js';
import { type Route, route } from '../route.js';
import { integer } from '../schemas/parameters.js';

/** Counts of older days are deleted. */
const maxDays = 400;
const usualDays = 30;

const rate = z
  .strictObject({
    value: z.number().describe('from 0 to 1'),
    low: z.number().describe('the lower limit of the 95 % interval'),
    high: z.number().describe('the upper limit'),
  })
  .nullable()
  .describe('null where no list was shown')
  .meta({ id: 'Rate' });

const listFigures = {
  lists: z.int().describe('lists that were shown'),
  clicked: z.int().describe('lists of which the user clicked an item'),
  clickThrough: rate,
  converted: z.int().describe('lists of which the user bought an item'),
  conversion: rate,
};

const ms = z.number().describe('milliseconds; at most a quarter too long');
const answerFigures = {
  ...listFigures,
  empty: z.int().describe('lists without an item'),
  popularity: rate.describe('the part of the lists that popularity answered'),
  latencyMs: z
    .strictObject({ median: ms, p95: ms, p99: ms })
    .nullable()
    .describe('the times within which half, 95 and 99 of 100 answers came'),
};

const types = z.array(z.string());

export function liveRoutes(keeper: LiveKeeper): Route[] {
  return [
    route({
      method: 'get',
      path: '/live',
      scope: 'read',
      isLong: true,
      summary:
        'What became of the lists that were shown: clicks and conversions by run, day and place',
      query: z.strictObject({
        days: integer(1, maxDays)
          .default(usualDays)
          .describe('how many days, of UTC; today is the last'),
      }),
      responses: {
        200: {
          description: 'figures with 95 % intervals, at most a few seconds old',
          body: z.strictObject({
            from: z.string().describe('the first day, YYYY-MM-DD'),
            to: z.string().describe('the last day'),
            clickTypes: types.describe(
              'event types that count as a click; one without a type does too',
            ),
            conversionTypes: types.describe(
              'event types that count as a conversion, and as a click',
            ),
            total: z.strictObject(answerFigures),
            byRun: z.array(z.strictObject({ run: z.string(), ...answerFigures })),
            bySource: z.array(
              z.strictObject({ source: z.enum(['model', 'popularity']), ...listFigures }),
            ),
            byDay: z.array(z.strictObject({ day: z.string(), ...answerFigures })),
            byPlace: z
              .array(z.strictObject({ place: z.int().describe('from 1'), ...listFigures }))
              .describe('`lists` are those that have the place; at most 100 places'),
            unknownLists: z.int().describe('lists that events name and no count knows'),
          }),
        },
      },
      handle: async ({ query }) => ({ body: await keeper.figures(query.days) }),
    }),
  ];
}
