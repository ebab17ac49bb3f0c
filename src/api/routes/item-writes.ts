/** Routes that write items: one, a part of one, many; and that remove one. */

import { z } from 'zod';
import { itemIdOf } from '../../data/ids.js';
import type { ItemDescription } from '../../data/items/item-description.js';
import type { CatalogueWriter } from '../../data/store/item-writes.js';
import type { Store } from '../../data/store/store.js';
import { ArgumentError, quote, UnknownItemError } from '../../errors.js';
import type { ServingMetrics } from '../metrics.js';
import { type Route, route } from '../route.js';
import { descriptionOf, itemBody, itemsBody } from '../schemas/item-body.js';
import { flag } from '../schemas/parameters.js';
import { problems, wholeItemReply } from '../schemas/replies.js';
import { placeInBody } from '../schemas/validation.js';
import { type KnowsItem, wholeItem } from './items.js';

const maxBodyMb = 16;
/** How many items of a list are read before other requests get their turn. */
const itemsPerTurn = 1000;

/** Where items go. */
export type ItemStore = Pick<CatalogueWriter, 'put' | 'patch' | 'write' | 'delete'>;

/** What the routes that write items need. */
export interface ItemWriteDependencies {
  readonly items: ItemStore;
  readonly store: Pick<Store, 'item' | 'storedItems'>;
  readonly knowsItem: KnowsItem;
  readonly metrics: ServingMetrics;
}

const params = z.object({ itemId: z.string() });
const responses = {
  400: { description: 'the id or the body is wrong; nothing was stored' },
  503: problems.cannotWrite,
};

export function itemWriteRoutes(dependencies: ItemWriteDependencies): Route[] {
  const { items, store, knowsItem, metrics } = dependencies;
  const idOf = (text: string) => itemIdOf(store, text);
  const itemOf = async (text: string, body: z.output<typeof itemBody>) => {
    const itemId = await idOf(text);
    if (body.itemId !== undefined && (await idOf(body.itemId)) !== itemId) {
      throw new ArgumentError(
        `itemId is ${quote(body.itemId)} in the body and ${quote(itemId)} in the address; leave it out of the body`,
      );
    }
    return { itemId, description: descriptionOf(body) };
  };
  const unknown = (itemId: string) => new UnknownItemError(`no item ${quote(itemId)} is stored`);
  return [
    route({
      method: 'put',
      path: '/items/:itemId',
      scope: 'write',
      summary: 'Write an item whole; what the body leaves out is removed',
      params,
      body: itemBody,
      responses: {
        200: { description: 'it is stored in place of the one before', body: wholeItemReply },
        201: { description: 'it is stored, and is new', body: wholeItemReply },
        ...responses,
      },
      handle: async ({ params, body }) => {
        const { itemId, description } = await itemOf(params.itemId, body);
        const outcome = await items.put(itemId, description);
        metrics.item(outcome, 1);
        return {
          status: outcome === 'created' ? 201 : 200,
          body: await wholeItem(store, knowsItem, itemId),
        };
      },
    }),
    route({
      method: 'patch',
      path: '/items/:itemId',
      scope: 'write',
      summary: 'Change a part of an item; null removes a field',
      params,
      body: itemBody,
      responses: {
        200: { description: 'it is stored; the rest is as before', body: wholeItemReply },
        404: { description: 'no such item is stored' },
        ...responses,
      },
      handle: async ({ params, body }) => {
        const { itemId, description } = await itemOf(params.itemId, body);
        const outcome = await items.patch(itemId, description);
        if (outcome === null) throw unknown(itemId);
        metrics.item(outcome, 1);
        return { body: await wholeItem(store, knowsItem, itemId) };
      },
    }),
    route({
      method: 'delete',
      path: '/items/:itemId',
      scope: 'write',
      summary: 'Remove an item from every answer; histories keep its id',
      params,
      responses: {
        204: { description: 'it is removed from disk' },
        404: { description: 'no such item is stored, or it was removed before' },
        503: problems.cannotWrite,
      },
      handle: async ({ params }) => {
        const itemId = await idOf(params.itemId);
        if (!(await items.delete(itemId))) throw unknown(itemId);
        metrics.item('deleted', 1);
        return { status: 204 };
      },
    }),
    route({
      method: 'post',
      path: '/items',
      scope: 'write',
      isLong: true,
      maxBodyMb,
      takesLines: true,
      summary: 'Write many items, all or none',
      query: z.strictObject({
        merge: flag()
          .default(false)
          .describe('change only what each item names, as PATCH does; new items are added'),
      }),
      body: itemsBody,
      responses: {
        200: {
          description: 'all are stored',
          body: z.strictObject({ created: z.int(), changed: z.int(), unchanged: z.int() }),
        },
        ...responses,
      },
      handle: async ({ query, body, bodyLines }) => {
        const isList = Array.isArray(body);
        const described = new Map<string, ItemDescription>();
        for (const [k, item] of (isList ? body : body.items).entries()) {
          if (k % itemsPerTurn === itemsPerTurn - 1) await new Promise(setImmediate);
          const place = placeInBody([...(isList ? [] : ['items']), k, 'itemId'], bodyLines);
          const itemId = await itemIdOf(store, item.itemId, place);
          if (described.has(itemId)) {
            throw new ArgumentError(
              `${place} is ${quote(itemId)}, as that of an item before it; give each item once`,
            );
          }
          described.set(itemId, descriptionOf(item));
        }
        const counts = await items.write(described, query);
        for (const outcome of ['created', 'changed', 'unchanged'] as const) {
          metrics.item(outcome, counts[outcome]);
        }
        return { body: counts };
      },
    }),
  ];
}
