/** Routes about runs: list, details and map, and which run is served. */

import { z } from 'zod';
import { type ItemMaps, mapMethods } from '../../serving/item-map.js';
import type { RecommendationsOf } from '../../serving/model-recommendations.js';
import type { RunCatalogue } from '../../serving/run-catalogue.js';
import type { Activation, ServedModels } from '../../serving/served-models.js';
import { type Route, route } from '../route.js';
import { fieldNames, integer } from '../schemas/parameters.js';
import { chosenFields, modelVersion, problems } from '../schemas/replies.js';
import { runLabel } from './run-labels.js';

const params = z.object({ run: z.string() });
const measured = z.number().nullable().describe('null for a number that is not finite');
const metrics = z.record(z.string(), measured).describe('of validation users');

const listed = {
  run: z.string().describe('the id'),
  ...runLabel,
  active: z.boolean().describe('whether it is served'),
  problem: z
    .string()
    .nullable()
    .describe('why it cannot be used; the following fields are then null'),
  remark: z
    .string()
    .nullable()
    .describe(
      'that the run was trained on other data than the home holds; null for a run of these',
    ),
  model: z.string().nullable(),
  createdAt: z.string().nullable().describe('ISO 8601'),
  dataName: z.string().nullable(),
  protocolName: z
    .string()
    .nullable()
    .describe('what the figures are of: users, time, leave-last, per-user or files'),
  metrics: metrics.nullable(),
  items: z.int().nullable().describe('that the model knows'),
  users: z.int().nullable().describe('training users; null for a run that does not record them'),
  backend: z.string().nullable(),
  durationS: z.number().nullable().describe('seconds of training'),
};

const measuredModels = z.array(
  z.object({
    model: z.string(),
    run: z.string().nullable().describe('null for a baseline'),
    metrics: z.record(
      z.string(),
      z.object({ mean: measured, se: measured.describe('standard error of the mean') }),
    ),
  }),
);

const pairedMetric = z
  .object({
    metric: z.string(),
    first: z.number().describe('mean of the run'),
    second: z.number().describe('mean of the baseline'),
    difference: z.number(),
    low: z.number().describe('of the 95 % interval of the difference'),
    high: z.number(),
    ahead: z.int().describe('users for whom the run is better'),
    behind: z.int().describe('users for whom the baseline is better'),
    p: z.number().describe('of the paired test'),
  })
  .meta({ id: 'PairedMetric' });

const measurement = z
  .object({
    split: z.string(),
    users: z.int().describe('in every mean'),
    leftOut: z.int().describe('users without a hidden click'),
    newcomers: z
      .object({
        users: z.int().describe('with a hidden click and no click to fold in: in no figure'),
        ofUsers: z.int().describe('with a hidden click'),
        items: z.int().describe('that are hidden and that the run does not know'),
        clicks: z.int().describe('hidden ones on these items: every figure counts them as missed'),
        ofClicks: z.int().describe('hidden ones of the measured users'),
      })
      .optional()
      .describe('what came after the training; absent where nothing did'),
    models: measuredModels,
    paired: z
      .object({ users: z.int(), hits: pairedMetric, ranking: pairedMetric })
      .optional()
      .describe('the run beside the baseline, user by user; absent where that was not measured'),
    shortProfiles: z
      .array(
        z.object({
          clicks: z.int().describe('that the models see of each user'),
          users: z.int().describe('in every mean'),
          leftOut: z.int().describe('users with a hidden click and fewer fold-in clicks'),
          models: measuredModels,
        }),
      )
      .optional()
      .describe('on fold-ins cut to a few clicks; absent where that was not measured'),
  })
  .meta({ id: 'Measurement' });

const epoch = z
  .strictObject({
    epoch: z.int(),
    updates: z.int(),
    loss: measured,
    nll: measured,
    kl: measured,
    beta: measured,
    ndcg100: measured.describe('of validation users'),
    usersPerS: measured,
    elapsedS: measured,
  })
  .meta({ id: 'Epoch', description: 'loss, nll and kl in nats a user' });

const detail = z.strictObject({
  ...listed,
  config: z.looseObject({ model: z.string() }).describe('every hyper-parameter'),
  protocol: z
    .looseObject({ heldOutClicks: z.looseObject({ by: z.string() }).optional() })
    .describe(
      'what counts as a click, and what was held out: clicks by time, leave-last, per-user or files; whole users where heldOutClicks is absent',
    ),
  lineage: z.looseObject({ dataHash: z.string(), command: z.array(z.string()) }),
  log: z.array(epoch),
  evaluation: z
    .strictObject({ validation: measurement.nullable(), test: measurement.nullable() })
    .describe('the last results of `multvae evaluate`'),
});

const activation = z.strictObject({
  active: z.string().describe('the run that is served now'),
  previous: z.string().nullable().describe('the one before'),
  remark: z
    .string()
    .optional()
    .describe('that the run was trained on other data than the home holds'),
});

export function modelRoutes(
  runs: RunCatalogue,
  models: ServedModels,
  recommendationsOf: RecommendationsOf,
  maps: ItemMaps,
): Route[] {
  const active = () => models.active()?.run.id ?? null;
  const remarked = async (activation: Activation) => {
    const served = models.active()?.run;
    const remark = served?.id === activation.active ? await runs.remark(served) : null;
    return { body: remark === null ? activation : { ...activation, remark } };
  };
  return [
    route({
      method: 'get',
      path: '/models',
      scope: 'read',
      summary: 'The trained runs, newest first',
      query: z.strictObject({}),
      responses: {
        200: {
          description: 'the runs',
          body: z.strictObject({
            active: z.string().nullable(),
            models: z.array(z.strictObject(listed)),
          }),
        },
      },
      handle: async () => ({
        body: { active: active(), models: await runs.list(active()) },
      }),
    }),
    route({
      method: 'post',
      path: '/models/rollback',
      scope: 'write',
      isLong: true,
      summary: 'Serve the run that was served before',
      responses: {
        200: { description: 'done', body: activation },
        409: { description: 'there was none before, or it cannot be used; nothing has changed' },
      },
      handle: async () => remarked(await models.rollback()),
    }),
    route({
      method: 'get',
      path: '/models/:run',
      scope: 'read',
      summary: 'One run: configuration, lineage, learning curves, stored metrics',
      params,
      query: z.strictObject({}),
      responses: {
        200: { description: 'the run', body: detail },
        404: problems.unknownRun,
        409: problems.unusableRun,
      },
      handle: async ({ params }) => ({ body: await runs.detail(params.run, active()) }),
    }),
    route({
      method: 'get',
      path: '/models/:run/map',
      scope: 'read',
      isLong: true,
      summary: 'The most clicked items of a run in two dimensions',
      params,
      query: z.strictObject({
        items: integer(1, 20_000).default(20_000).describe('how many at most'),
        method: z
          .enum(mapMethods)
          .default('umap')
          .describe(
            'umap keeps neighbours together; pca is the plane of the first two principal components',
          ),
        fields: fieldNames().optional().describe('fields to show of each item; * for all'),
      }),
      responses: {
        200: {
          description: 'the most clicked first; items near each other are recommended together',
          body: z.strictObject({
            modelVersion,
            method: z
              .enum(mapMethods)
              .describe('of these places; pca until the map by UMAP is there'),
            isComputing: z.boolean().describe('whether the map by UMAP is being computed'),
            items: z.array(
              z
                .strictObject({
                  itemId: z.string(),
                  title: z.string().nullable(),
                  genre: z.string().nullable().describe('the first'),
                  year: z.int().nullable(),
                  x: z.number(),
                  y: z.number(),
                  clicks: z.int().describe('in training'),
                  fields: chosenFields,
                })
                .meta({ id: 'MappedItem' }),
            ),
          }),
        },
        404: problems.unknownRun,
        409: problems.unusableRun,
      },
      handle: ({ params, query, untilAnswered }) =>
        models.withModel(
          params.run,
          async (model) => {
            const { items } = await recommendationsOf(model).moment({});
            const { items: maxItems, method, fields } = query;
            return { body: await maps.of(model, items, { maxItems, method, fields }) };
          },
          untilAnswered,
        ),
    }),
    route({
      method: 'post',
      path: '/models/:run/activate',
      scope: 'write',
      isLong: true,
      summary: 'Serve this run from now on',
      params,
      responses: {
        200: { description: 'it is served', body: activation },
        404: problems.unknownRun,
        409: { description: 'the run cannot be used, and why; nothing has changed' },
      },
      handle: async ({ params }) => remarked(await models.activate(params.run)),
    }),
  ];
}
