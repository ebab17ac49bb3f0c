/** Routes that say in a sentence which run is better. */

import { z } from 'zod';
import {
  type RunVerdict,
  type VerdictSource,
  verdictOnPair,
  verdictsOnRuns,
} from '../../home/comparison/verdicts.js';
import { type Route, route } from '../route.js';

const verdict = {
  run: z.string().describe('the id'),
  against: z.string().describe('a run’s id, or popularity'),
  split: z.enum(['validation', 'test']).describe('the held-out users who were measured'),
  users: z.int().describe('how many were measured'),
  outcome: z
    .enum(['better', 'worse', 'undecided'])
    .describe('by NDCG at the largest cutoff, from a p-value below .05 on'),
  certainty: z.enum(['certain', 'likely', 'open']).describe('p below .01, below .05, or neither'),
  sentence: z.string().describe('for people, in the words of the home'),
  note: z.string().describe('what “certain” means, and what is not known'),
} satisfies Record<keyof RunVerdict, z.ZodType>;

export function verdictRoutes(source: VerdictSource): Route[] {
  return [
    route({
      method: 'get',
      path: '/verdicts',
      scope: 'read',
      summary: 'Whether each run is better than popularity, in a sentence',
      query: z.strictObject({}),
      responses: {
        200: {
          description:
            'newest run first; a run that neither `multvae evaluate` nor a judged activation has measured is missing',
          body: z.strictObject({
            verdicts: z.array(z.strictObject(verdict).meta({ id: 'Verdict' })),
          }),
        },
      },
      handle: async () => ({ body: { verdicts: await verdictsOnRuns(source) } }),
    }),
    route({
      method: 'get',
      path: '/verdicts/:first/:second',
      scope: 'read',
      summary: 'Which of two runs is better, in a sentence',
      params: z.object({ first: z.string(), second: z.string() }),
      query: z.strictObject({}),
      responses: {
        200: {
          description:
            'as `multvae compare`, a night or `train --activate if-better` last found it; `run` is the one with the higher NDCG',
          body: z.strictObject({
            verdict: z
              .strictObject({
                ...verdict,
                at: z.int().describe('when they were measured, in seconds since 1970'),
              })
              .nullable()
              .describe('null where they were not compared'),
          }),
        },
      },
      handle: async ({ params: { first, second } }) => ({
        body: { verdict: await verdictOnPair(source, [first, second]) },
      }),
    }),
  ];
}
