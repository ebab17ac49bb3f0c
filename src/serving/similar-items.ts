/** Finds the items that a model places nearest to a given one. */

import { itemIdOf } from '../data/ids.js';
import type { ItemFields } from '../data/items/fields.js';
import type { CatalogueEntry } from '../data/store/catalogue.js';
import type { Store } from '../data/store/store.js';
import { checkCount, quote, UnknownItemError } from '../errors.js';
import { nearnessOf } from '../model/item-space.js';
import type { FieldsChoice } from './filter/field-choice.js';
import type { ItemFilter, KnownItems } from './known-items.js';
import type { ServedModel } from './served-models.js';

/** An item near another. */
export interface SimilarItem extends CatalogueEntry {
  /** From 1 on; 1 is the nearest. */
  readonly rank: number;
  /** How near it is by the model's own measure: a cosine, or the weight by which the model ties the two. */
  readonly score: number;
  /** With `fields`: those of the chosen fields that the item has. */
  readonly fields?: ItemFields;
}

/** The items that a model places near a given one. */
export interface SimilarItems {
  readonly itemId: string;
  /** The id of the run. */
  readonly modelVersion: string;
  readonly items: readonly SimilarItem[];
}

/** Which item's neighbours are wanted, and from where. */
export interface SimilarItemsQuestion extends ItemFilter, FieldsChoice {
  readonly store: Pick<Store, 'item' | 'isRemoved'>;
  readonly model: ServedModel;
  /** The items of the model, ready for the filter. */
  readonly known: KnownItems;
  /** Item indices that a rule hides. Default: none. */
  readonly hidden?: readonly number[];
  readonly itemId: string;
  /** How many at most. */
  readonly n: number;
}

/**
 * The items nearest to a given one by the model's own measure (`nearnessOf`), without the item itself and without those
 * of nearness 0, which have nothing in common with it.
 *
 * Ties go to the item that comes first in the vocabulary.
 *
 * @throws UnknownItemError saying whether the item is not stored, or the model does not know it
 * @throws UnsupportedError when the model cannot compare items
 * @throws ArgumentError for an n that is no count, a text that is no id, a genre that no item has, or a first year after the last
 */
export async function similarItems({
  store,
  model: { run, recommender },
  known,
  hidden = [],
  itemId: asked,
  n,
  fields,
  ...filter
}: SimilarItemsQuestion): Promise<SimilarItems> {
  checkCount('n', n);
  const itemId = await itemIdOf(store, asked);
  const item = known.indexOf(itemId);
  if (item === undefined || (await store.isRemoved(itemId))) {
    throw new UnknownItemError(
      (await store.item(itemId)) === null
        ? `no item ${quote(itemId)} is stored`
        : `item ${quote(itemId)} is stored, but run ${run.id} was trained without it`,
    );
  }
  const nearness = await nearnessOf(recommender, item);
  const masked = new Set(known.mask([item, ...hidden], filter));
  const nearest = [...nearness.keys()]
    .filter((other) => nearness[other] !== 0 && !masked.has(other))
    .sort((a, b) => nearness[b]! - nearness[a]! || a - b)
    .slice(0, n);
  const chosen = known.fieldsOf(nearest, { fields });
  const items = known.entries(nearest).map(({ itemId, ...entry }, place) => ({
    itemId,
    rank: place + 1,
    score: nearness[nearest[place]!]!,
    ...entry,
    ...(chosen !== null && { fields: chosen[place]! }),
  }));
  return { itemId, modelVersion: run.id, items };
}
