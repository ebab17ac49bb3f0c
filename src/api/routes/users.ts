/** Routes about users: search, history, and how unusual their clicks are. */

import { z } from 'zod';
import { maxIdLength, userIdOf } from '../../data/ids.js';
import type { Store } from '../../data/store/store.js';
import type { RecommendationsOf } from '../../serving/model-recommendations.js';
import type { ServedModel, ServedModels } from '../../serving/served-models.js';
import { UserAnomalies, type UserSource } from '../../serving/user-anomaly.js';
import { type ProfileSource, userProfile } from '../../serving/user-profile.js';
import { type Route, route } from '../route.js';
import { atMost, fieldNames, integer, text } from '../schemas/parameters.js';
import { historyItemReply, modelVersion, problems } from '../schemas/replies.js';

const params = z.object({ userId: z.string() });
const run = text().optional().describe('ask this run instead of the active one');
const unknownUser = { description: 'no such user; or no such run' };

const anomalyReply = z.strictObject({
  userId: z.string(),
  modelVersion,
  score: z.number().describe('standard deviations above the usual for profiles of this length'),
  natsPerClick: z.number().describe('-ELBO / clicks'),
  usual: z.number().describe('mean nats a click of profiles of about this length'),
  spread: z.number().describe('their standard deviation'),
  elbo: z.number().describe('nats of the whole profile: -nll - kl'),
  nll: z.number(),
  kl: z.number(),
  clicks: z.int().describe('clicks on items that the model knows'),
  trained: z.boolean().describe('whether the model was trained on this user'),
  items: z.int().describe('how many items the model knows; the highest possible rank'),
  leastExpected: z
    .array(
      z.strictObject({
        itemId: z.string(),
        title: z.string().nullable(),
        genres: z.array(z.string()),
        year: z.int().nullable(),
        rank: z.int().describe('the item’s rank among all items for this user'),
      }),
    )
    .describe('the clicks that the model ranks lowest, lowest first; at most three'),
});

/** The part of the store that the routes about users read. */
export type ProfilesSource = UserSource & ProfileSource & Pick<Store, 'searchUsers'>;

export function userRoutes(
  store: ProfilesSource,
  models: ServedModels,
  recommendationsOf: RecommendationsOf,
): Route[] {
  const anomalies = new WeakMap<ServedModel, UserAnomalies>();
  const anomaliesOf = (model: ServedModel) => {
    const known = anomalies.get(model);
    if (known !== undefined) return known;
    const made = new UserAnomalies(store, model, recommendationsOf(model));
    anomalies.set(model, made);
    return made;
  };
  return [
    route({
      method: 'get',
      path: '/users',
      scope: 'read',
      summary: 'Users by the beginning of their id',
      query: z.strictObject({
        query: atMost(maxIdLength).default(''),
        n: integer(1, 1000).default(20).describe('how many at most'),
      }),
      responses: {
        200: {
          description: 'with how many items each has rated or clicked',
          body: z.strictObject({
            users: z.array(z.strictObject({ userId: z.string(), ratings: z.int() })),
          }),
        },
        400: { description: 'a parameter is wrong' },
      },
      handle: async ({ query: { query, n } }) => ({
        body: { users: await store.searchUsers(query, n) },
      }),
    }),
    route({
      method: 'get',
      path: '/users/:userId',
      scope: 'read',
      summary: 'A user’s history, newest first, and latent code',
      params,
      query: z.strictObject({
        fields: fieldNames().optional().describe('fields to show of each item; * for all'),
        run,
      }),
      responses: {
        200: {
          description: 'the user',
          body: z.strictObject({
            userId: z.string(),
            modelVersion: modelVersion.nullable().describe('null while no run is active'),
            latent: z
              .strictObject({
                dimensions: z.int(),
                mean: z.array(z.number()),
                spread: z.array(z.number()).describe('standard deviations'),
              })
              .nullable()
              .describe('q(z|x); null without a latent space, or a click that the model knows'),
            scale: z
              .strictObject({ low: z.number(), high: z.number() })
              .nullable()
              .describe('the ratings that feedback may have; null where each event is a click'),
            history: z.array(historyItemReply),
          }),
        },
        404: unknownUser,
        409: problems.unusableRun,
        503: problems.noModel,
      },
      handle: async ({ params, query, untilAnswered }) => {
        const userId = await userIdOf(store, params.userId);
        if (query.run === undefined && models.active() === null) {
          return { body: await userProfile(store, userId, null, query) };
        }
        return models.withModel(
          query.run,
          async (model) => {
            const seenWith = { model, recommendations: recommendationsOf(model) };
            return { body: await userProfile(store, userId, seenWith, query) };
          },
          untilAnswered,
        );
      },
    }),
    route({
      method: 'get',
      path: '/users/:userId/anomaly',
      scope: 'read',
      isLong: true,
      summary: 'How unusual a user’s clicks are, and which of them most',
      params,
      query: z.strictObject({ run }),
      responses: {
        200: { description: 'the judgement', body: anomalyReply },
        404: { description: 'no such user or run, or no click that the model knows' },
        409: { description: 'the run cannot be used, or its model has no ELBO' },
        503: problems.noModel,
      },
      handle: ({ params, query, untilAnswered }) =>
        models.withModel(
          query.run,
          async (model) => ({
            body: await anomaliesOf(model).judge(await userIdOf(store, params.userId)),
          }),
          untilAnswered,
        ),
    }),
  ];
}
