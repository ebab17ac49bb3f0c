/** Routes about items: search, one item, who clicked it, what is near it, genres. */

import { z } from 'zod';
import { itemIdOf } from '../../data/ids.js';
import type { ItemSummary } from '../../data/store/catalogue.js';
import type { Store } from '../../data/store/store.js';
import { quote, UnknownItemError } from '../../errors.js';
import { chosenFields, type FieldsSource } from '../../serving/filter/field-choice.js';
import type { RecommendationsOf } from '../../serving/model-recommendations.js';
import { recommendationLimits } from '../../serving/ranking/options.js';
import type { ServedModels } from '../../serving/served-models.js';
import { similarItems } from '../../serving/similar-items.js';
import { type Route, route } from '../route.js';
import {
  atMost,
  choice,
  fieldNames,
  flag,
  integer,
  maxYear,
  minYear,
  text,
  texts,
  where,
} from '../schemas/parameters.js';
import {
  itemReply,
  modelVersion,
  problems,
  rankedItemReply,
  wholeItemReply,
} from '../schemas/replies.js';

/** The part of the store that the routes about items read. */
export type ItemSource = FieldsSource &
  Pick<Store, 'item' | 'isRemoved' | 'listItems' | 'itemUsers' | 'genres'>;

const { maxOffset } = recommendationLimits;
const n = integer(1, 1000).describe('how many at most');
const params = z.object({ itemId: z.string() });
const shownFields = fieldNames().optional().describe('fields to show of each item; * for all');
const unknownItem = { description: 'no such item is stored' };

/** Whether the active model knows an item. */
export type KnowsItem = (itemId: string) => boolean;

/**
 * An item as `GET /items/:itemId` shows it.
 *
 * @throws UnknownItemError when it is not stored
 */
export async function wholeItem(
  store: Pick<ItemSource, 'item' | 'storedItems'>,
  knowsItem: KnowsItem,
  text: string,
) {
  const itemId = await itemIdOf(store, text);
  const item = await store.item(itemId);
  if (item === null) throw new UnknownItemError(`no item ${quote(itemId)} is stored`);
  const [stored] = await store.storedItems([itemId]);
  return { ...item, inModel: knowsItem(itemId), fields: { ...stored?.fields } };
}

export function itemRoutes(
  store: ItemSource,
  models: ServedModels,
  recommendationsOf: RecommendationsOf,
  knowsItem: KnowsItem,
): Route[] {
  const shown = (item: ItemSummary) => ({ ...item, inModel: knowsItem(item.itemId) });
  return [
    route({
      method: 'get',
      path: '/items',
      scope: 'read',
      summary: 'Items whose titles have words with these beginnings, or all, in an order',
      query: z.strictObject({
        query: atMost(200)
          .default('')
          .describe(
            'words or their beginnings, or any part in a script without blanks; diacritics and case do not matter',
          ),
        sort: choice(['match', 'popular', 'newest', 'title'])
          .optional()
          .describe('default: match for a query, else popular'),
        n: n.default(20),
        offset: integer(0, maxOffset).default(0).describe('how many to skip'),
        unavailable: flag()
          .default(false)
          .describe('list items that are not available too; removed ones are in no list'),
        fields: shownFields,
      }),
      responses: {
        200: {
          description: 'the items in the order',
          body: z.strictObject({ query: z.string(), items: z.array(itemReply) }),
        },
        400: { description: 'a parameter is wrong' },
      },
      handle: async ({ query }) => {
        const items = (await store.listItems(query)).map(shown);
        const ids = items.map(({ itemId }) => itemId);
        const fields = await chosenFields(store, ids, query);
        if (fields === null) return { body: { query: query.query, items } };
        const whole = items.map((item, k) => ({ ...item, fields: fields[k]! }));
        return { body: { query: query.query, items: whole } };
      },
    }),
    route({
      method: 'get',
      path: '/items/:itemId',
      scope: 'read',
      summary: 'One item',
      params,
      query: z.strictObject({ fields: shownFields.describe('fields to show; default: all') }),
      responses: { 200: { description: 'the item', body: wholeItemReply }, 404: unknownItem },
      handle: async ({ params, query }) => {
        const item = await wholeItem(store, knowsItem, params.itemId);
        const [fields] = (await chosenFields(store, [item.itemId], query)) ?? [];
        return { body: fields === undefined ? item : { ...item, fields } };
      },
    }),
    route({
      method: 'get',
      path: '/items/:itemId/users',
      scope: 'read',
      summary: 'Who rated or clicked an item, latest first',
      params,
      query: z.strictObject({ n: n.default(20) }),
      responses: {
        200: {
          description: 'the users',
          body: z.strictObject({
            itemId: z.string(),
            users: z.array(
              z.strictObject({
                userId: z.string(),
                rating: z.number().nullable(),
                timestamp: z.number().nullable(),
                clicks: z.int().describe('how many items the user has rated or clicked'),
              }),
            ),
          }),
        },
        404: unknownItem,
      },
      handle: async ({ params, query }) => {
        const { itemId } = await wholeItem(store, knowsItem, params.itemId);
        return { body: { itemId, users: await store.itemUsers(itemId, query.n) } };
      },
    }),
    route({
      method: 'get',
      path: '/similar/:itemId',
      scope: 'read',
      summary: 'The items that a model places nearest to one',
      params,
      query: z.strictObject({
        n: n.default(10),
        genre: texts().optional().describe('items with any of these; repeatable'),
        minYear: integer(minYear, maxYear).optional(),
        maxYear: integer(minYear, maxYear).optional(),
        where: where().optional(),
        fields: shownFields,
        rules: choice(['on', 'off']).default('on').describe('off: also what a rule hides'),
        run: text().optional().describe('ask this run instead of the active one'),
      }),
      responses: {
        200: {
          description:
            'the nearest first; the score is the model’s own measure of the two items: a cosine, or a weight',
          body: z.strictObject({
            itemId: z.string(),
            modelVersion,
            items: z.array(rankedItemReply),
          }),
        },
        400: { description: 'a parameter is wrong' },
        404: { description: 'no such run; no such item, or the model was trained without it' },
        409: problems.unusableRun,
        503: problems.noModel,
      },
      handle: ({ params, query: { run, rules, ...options }, untilAnswered }) =>
        models.withModel(
          run,
          async (model) => {
            const recommendations = recommendationsOf(model);
            const moment = await recommendations.moment(options);
            const known = moment.items;
            const hidden = moment.hidden({ rules });
            const asked = { store, model, known, hidden, itemId: params.itemId, ...options };
            return { body: await similarItems(asked) };
          },
          untilAnswered,
        ),
    }),
    route({
      method: 'get',
      path: '/genres',
      scope: 'read',
      summary: 'The genres, with how many items have each',
      query: z.strictObject({}),
      responses: {
        200: {
          description: 'in code-point order',
          body: z.strictObject({
            genres: z.array(z.strictObject({ genre: z.string(), items: z.int() })),
          }),
        },
      },
      handle: async () => ({ body: { genres: await store.genres() } }),
    }),
  ];
}
