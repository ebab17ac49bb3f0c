/** Routes that recommend: to a stored user, or to an anonymous profile. */

import { z } from 'zod';
import { ArgumentError } from '../../errors.js';
import type { AnswerCache } from '../../serving/answer-cache.js';
import type { ShownList } from '../../serving/lists/shown-lists.js';
import type { RecommendationsOf } from '../../serving/model-recommendations.js';
import { recommendationLimits } from '../../serving/ranking/options.js';
import type { Recommendations } from '../../serving/recommendations.js';
import type { ServedModels } from '../../serving/served-models.js';
import { answerUser } from '../../serving/user-answer.js';
import { type Route, route } from '../route.js';
import {
  bodyFields,
  choice,
  type FieldKinds,
  flag,
  idField,
  idsField,
  maxYear,
  minYear,
  queryFields,
  text,
  where,
} from '../schemas/parameters.js';
import { appliedRuleReply, modelVersion, problems, rankedItemReply } from '../schemas/replies.js';

const { maxN, defaultN, maxOffset, maxNewItems, maxSeed, maxItems, maxExcluded } =
  recommendationLimits;

/** 80 bytes for each of the ids that a body may exclude. */
const maxBodyMb = 8;
const maxGenres = 1000;

/** The options of every request for recommendations, written as a query or as a body. */
function optionFields(kinds: FieldKinds) {
  const year = () => kinds.integer(minYear, maxYear).optional();
  return {
    n: kinds
      .integer(1, maxN)
      .default(defaultN)
      .describe('how many; fewer come where fewer are left'),
    offset: kinds.integer(0, maxOffset).default(0).describe('how many of the ranking to skip'),
    genre: kinds.texts(maxGenres).optional().describe(`items with any of these${kinds.howTexts}`),
    minYear: year().describe('items of this year or later'),
    maxYear: year().describe('items of this year or earlier'),
    where: where().optional(),
    fields: kinds.names().optional().describe('fields to show of each item; * for all'),
    exclude: kinds.ids(maxExcluded).optional().describe(`ids of items to leave out${kinds.howIds}`),
    diversity: kinds
      .fraction()
      .default(0)
      .describe('0 the order of the scores, 1 as unlike as possible'),
    novelty: kinds
      .fraction()
      .default(0)
      .describe('0 the order of the scores, 1 the long tail first'),
    explore: kinds.fraction().default(0).describe('0 the own taste, 1 a sample from q(z|x)'),
    seed: kinds.integer(0, maxSeed).default(0).describe('which exploration'),
    rules: choice(['on', 'off']).default('on').describe('off: as if the shop had no rules'),
    newItems: kinds
      .integer(0, maxNewItems)
      .default(0)
      .describe('how many products without clicks each page of n may hold, the newest first'),
    explain: kinds.flag().default(false).describe('say which clicks raised each item'),
    fallback: choice(['popularity', 'none'])
      .default('popularity')
      .describe('without a click that the model knows: what everyone likes, or 404'),
    run: text().optional().describe('answer with this run instead of the active one'),
    shown: kinds
      .flag()
      .default(true)
      .describe('false: nobody sees the list, so it is not counted as shown'),
  };
}

const seenRule = 'leave out everything the user has rated';

const query = z.strictObject({
  ...optionFields(queryFields),
  excludeSeen: flag().default(true).describe(seenRule),
});

const body = z
  .strictObject(
    {
      userId: idField().optional().describe('whose stored clicks count; a new user is allowed'),
      items: idsField(maxItems)
        .optional()
        .describe('ids of what was clicked, or is in the basket; never recommended'),
      only: idsField(maxItems).optional().describe('ids of the items to rank, instead of all'),
      excludeSeen: bodyFields
        .flag()
        .optional()
        .describe(`${seenRule}, unless false; only with userId`),
      ...optionFields(bodyFields),
    },
    { error: 'an object with userId, or items, a list of ids, or both' },
  )
  .refine(({ userId, items }) => userId !== undefined || items !== undefined, {
    path: ['items'],
    error: `a list of at most ${maxItems} strings, or a userId, or both`,
  });

const answer = {
  source: z.enum(['model', 'popularity']).describe('whether the own clicks decided, or everyone’s'),
  modelVersion,
  recommendationId: z.uuid().describe('of this answer; in the log too'),
  offset: z.int(),
  items: z.array(rankedItemReply),
  rules: z
    .array(appliedRuleReply)
    .optional()
    .describe('the rules that changed this answer; absent where none is in force'),
};

/** What the routes do beside answering. */
export interface RecommendDependencies {
  /** Null for none. */
  readonly cache: AnswerCache | null;
  /** Counts a list that was shown. */
  readonly counted: (list: ShownList) => void;
}

export function recommendRoutes(
  models: ServedModels,
  recommendationsOf: RecommendationsOf,
  { cache, counted }: RecommendDependencies,
): Route[] {
  const responses = {
    400: { description: 'a parameter is wrong' },
    404: { description: 'no such run; or no click decides, and fallback is none' },
    409: problems.unusableRun,
    503: problems.noModel,
  };
  return [
    route({
      method: 'get',
      path: '/recommend/:userId',
      scope: 'read',
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
      handle: ({ params, query, untilAnswered }) =>
        models.withModel(
          query.run,
          async (model) => {
            const since = performance.now();
            const source = recommendationsOf(model);
            const question = { userId: await source.userId(params.userId), options: query };
            const answer = await answerUser(source, cache, question);
            const { body, length, ...logged } = answer;
            if (query.shown) {
              const ms = performance.now() - since;
              counted({ run: model.run.id, arm: answer.source, length, ms });
            }
            return { body, logged };
          },
          untilAnswered,
        ),
    }),
    route({
      method: 'post',
      path: '/recommend',
      scope: 'read',
      maxBodyMb,
      summary: 'The best items for an anonymous profile, or for a user with a basket',
      body,
      responses: {
        200: {
          description: 'the list, best first',
          body: z.strictObject({
            userId: z.string().optional().describe('with userId'),
            userKnown: z
              .boolean()
              .optional()
              .describe('with userId: whether anything is stored; if not, the items decide alone'),
            ...answer,
            unknownItems: z
              .array(z.string())
              .describe('ids of items and only that the model does not know'),
          }),
        },
        ...responses,
      },
      handle: ({ body, untilAnswered }) =>
        models.withModel(
          body.run,
          async (model) => {
            const since = performance.now();
            const list = await answerProfile(recommendationsOf(model), body);
            if (body.shown) {
              const { source: arm, items } = list;
              const ms = performance.now() - since;
              counted({ run: model.run.id, arm, length: items.length, ms });
            }
            return {
              body: list,
              logged: { recommendationId: list.recommendationId, source: list.source },
            };
          },
          untilAnswered,
        ),
    }),
  ];
}

/** The answer to a body: for a user, with the items or without, or for the items alone. */
async function answerProfile(
  recommendations: Recommendations,
  { userId, items = [], excludeSeen, ...options }: z.output<typeof body>,
) {
  if (userId !== undefined) {
    return recommendations.recommend(userId, { ...options, items, excludeSeen });
  }
  if (excludeSeen !== undefined) {
    throw new ArgumentError(
      '"excludeSeen" in the body is not a field without userId: items are never recommended; leave it out, or give a userId',
    );
  }
  return recommendations.recommendTo(items, options);
}
