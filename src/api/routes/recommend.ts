import { z } from 'zod';
import type { AnswerCache } from '../../serving/answer-cache.js';
import { type RecommendationsOf, recommendationLimits } from '../../serving/recommendations.js';
import type { ServedModels } from '../../serving/served-models.js';
import { answerUser } from '../../serving/user-answer.js';
import { type Route, route } from '../route.js';
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
} from '../schemas/parameters.js';
import { modelVersion, problems, rankedItemReply } from '../schemas/replies.js';

const { maxN, defaultN, maxOffset, maxSeed } = recommendationLimits;

/** Years that a filter may name. */
export const years = [0, 9999] as const;

/** Items of a profile that a body may hold. */
const mostItems = 10_000;

/** What the choices mean, in the address and in the body. */
const about = {
  n: 'how many; fewer come where fewer are left',
  offset: 'how many of the ranking to skip',
  genre: 'items with any of these',
  minYear: 'items of this year or later',
  maxYear: 'items of this year or earlier',
  exclude: 'ids of items to leave out',
  diversity: '0 the order of the scores, 1 as unlike as possible',
  explore: '0 the own taste, 1 a sample from q(z|x)',
  seed: 'which exploration',
  explain: 'say which clicks raised each item',
  fallback: 'without a click that the model knows: what everyone likes, or 404',
  run: 'answer with this run instead of the active one',
} as const;

const query = z.strictObject({
  n: integer(1, maxN).default(defaultN).describe(about.n),
  offset: integer(0, maxOffset).default(0).describe(about.offset),
  genre: texts().optional().describe(`${about.genre}; repeatable`),
  minYear: integer(...years)
    .optional()
    .describe(about.minYear),
  maxYear: integer(...years)
    .optional()
    .describe(about.maxYear),
  exclude: ids().optional().describe(`${about.exclude}; repeatable, or separated by commas`),
  excludeSeen: flag().default(true).describe('leave out everything the user has rated'),
  diversity: fraction().default(0).describe(about.diversity),
  explore: fraction().default(0).describe(about.explore),
  seed: integer(0, maxSeed).default(0).describe(about.seed),
  explain: flag().default(false).describe(about.explain),
  fallback: choice(['popularity', 'none']).default('popularity').describe(about.fallback),
  run: text().optional().describe(about.run),
});

const body = z.strictObject(
  {
    items: textsField(mostItems).describe('ids of what was clicked'),
    n: integerField(1, maxN).default(defaultN).describe(about.n),
    offset: integerField(0, maxOffset).default(0).describe(about.offset),
    genre: textsField(1000).optional().describe(about.genre),
    minYear: integerField(...years)
      .optional()
      .describe(about.minYear),
    maxYear: integerField(...years)
      .optional()
      .describe(about.maxYear),
    exclude: textsField(mostItems).optional().describe(about.exclude),
    diversity: fractionField().default(0).describe(about.diversity),
    explore: fractionField().default(0).describe(about.explore),
    seed: integerField(0, maxSeed).default(0).describe(about.seed),
    explain: z.boolean({ error: 'true or false' }).default(false).describe(about.explain),
    fallback: choice(['popularity', 'none']).default('popularity').describe(about.fallback),
    run: text().optional().describe(about.run),
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
  cache: AnswerCache | null,
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
          const question = { userId: params.userId, options: query };
          const answer = await answerUser(recommendationsOf(model), cache, question);
          const { body, ...logged } = answer;
          return { body, logged };
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
