import { z } from 'zod';
import {
  choice,
  flag,
  fraction,
  fractionField,
  ids,
  integer,
  integerField,
  text,
  texts,
  textsField,
} from '../parameters.js';
import { type RecommendationsOf, recommendationLimits } from '../recommendations.js';
import { modelVersion, problems, rankedItemReply } from '../replies.js';
import { type Route, route } from '../route.js';
import type { ServedModels } from '../served-models.js';

const { maxN, defaultN, maxOffset, maxSeed } = recommendationLimits;

/** Years that a filter may name. */
export const years = [0, 9999] as const;

/** Items of a profile that a body may hold. */
const mostItems = 10_000;

const query = z.strictObject({
  n: integer(1, maxN).default(defaultN).describe('how many; fewer come where fewer are left'),
  offset: integer(0, maxOffset).default(0).describe('how many of the ranking to skip'),
  genre: texts().optional().describe('items with any of these; repeatable'),
  minYear: integer(...years)
    .optional()
    .describe('items of this year or later'),
  maxYear: integer(...years)
    .optional()
    .describe('items of this year or earlier'),
  exclude: ids().optional().describe('item ids to leave out; repeatable, or separated by commas'),
  excludeSeen: flag().default(true).describe('leave out everything the user has rated'),
  diversity: fraction().default(0).describe('0 the order of the scores, 1 as unlike as possible'),
  explore: fraction().default(0).describe('0 the user’s own taste, 1 a sample from q(z|x)'),
  seed: integer(0, maxSeed).default(0).describe('which exploration'),
  explain: flag().default(false).describe('say which clicks raised each item'),
  fallback: choice(['popularity', 'none'])
    .default('popularity')
    .describe('for a user without a click that the model knows: what everyone likes, or 404'),
  run: text().optional().describe('answer with this run instead of the active one'),
});

const body = z.strictObject(
  {
    items: textsField(mostItems).describe('ids of what was clicked'),
    n: integerField(1, maxN).default(defaultN),
    offset: integerField(0, maxOffset).default(0),
    genre: textsField(1000).optional(),
    minYear: integerField(...years).optional(),
    maxYear: integerField(...years).optional(),
    exclude: textsField(mostItems).optional(),
    diversity: fractionField().default(0),
    explore: fractionField().default(0),
    seed: integerField(0, maxSeed).default(0),
    explain: z.boolean({ error: 'true or false' }).default(false),
    fallback: choice(['popularity', 'none']).default('popularity'),
    run: text().optional(),
  },
  { error: 'an object with items, a list of ids' },
);

const answer = {
  source: z.enum(['model', 'popularity']).describe('whether the own clicks decided, or everyone’s'),
  modelVersion,
  recommendationId: z.uuid().describe('of this answer; in the log too'),
  offset: z.int(),
  items: z.array(rankedItemReply),
};

/** What somebody should see. */
export function recommendRoutes(
  models: ServedModels,
  recommendationsOf: RecommendationsOf,
): Route[] {
  const responses = {
    400: { description: 'a parameter is wrong' },
    404: { description: 'no such run; or no click decides, and fallback is none' },
    409: problems.unusableRun,
    503: problems.noModel,
  };
  return [
    route({
      ...{ method: 'get', path: '/recommend/:userId', scope: 'read' },
      summary: 'The best items for a user',
      params: z.object({ userId: z.string() }),
      query,
      responses: {
        200: {
          description: 'the list, best first',
          body: z.strictObject({ userId: z.string(), ...answer }),
        },
        ...responses,
      },
      handle: ({ params, query }) =>
        models.withModel(query.run, async (model) => {
          const list = await recommendationsOf(model).recommend(params.userId, query);
          return {
            body: list,
            logged: { recommendationId: list.recommendationId, source: list.source },
          };
        }),
    }),
    route({
      ...{ method: 'post', path: '/recommend', scope: 'read' },
      summary: 'The best items for a profile that is stored nowhere',
      body,
      responses: {
        200: {
          description: 'the list, best first',
          body: z.strictObject({
            ...answer,
            unknownItems: z.array(z.string()).describe('ids that the model does not know'),
          }),
        },
        ...responses,
      },
      handle: ({ body }) =>
        models.withModel(body.run, async (model) => {
          const list = await recommendationsOf(model).recommendTo(body.items, body);
          return {
            body: list,
            logged: { recommendationId: list.recommendationId, source: list.source },
          };
        }),
    }),
  ];
}
