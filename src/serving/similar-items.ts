import type { CatalogueEntry, RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { quote, UnknownItemError } from '../errors.js';
import { itemSpaceOf } from '../model/item-space.js';
import type { CatalogueSource, ItemFilter, KnownItems } from './known-items.js';
import type { ServedModel } from './served-models.js';

/** An item near another, nearest first. */
export interface SimilarItem extends CatalogueEntry {
  /** From 1 on. */
  readonly rank: number;
  /** The cosine of the two items' vectors, in [-1, 1]. */
  readonly score: number;
}

/** The items that a model places near one. */
export interface SimilarItems {
  readonly itemId: string;
  /** The id of the run. */
  readonly modelVersion: string;
  readonly items: readonly SimilarItem[];
}

/**
 * The nearest of an item in a model's space of items, itself left out; ties go to the item that comes first in the
 * vocabulary.
 *
 * @throws UnknownItemError saying whether the item is not stored, or only not known to the model
 * @throws UnsupportedError when the model has no item vectors
 * @throws ArgumentError for a genre that no item has
 */
export async function similarItems(
  database: CatalogueSource & Pick<RatingsDatabase, 'item'>,
  { run, recommender }: ServedModel,
  known: KnownItems,
  itemId: string,
  { n, ...filter }: ItemFilter & { readonly n: number },
): Promise<SimilarItems> {
  const item = known.indexOf(itemId);
  if (item === undefined) {
    throw new UnknownItemError(
      database.item(itemId) === null
        ? `no item ${quote(itemId)} is stored`
        : `item ${quote(itemId)} is stored, but run ${run.id} was trained without it`,
    );
  }
  const cosines = (await itemSpaceOf(recommender)).cosines(item);
  const masked = new Set(known.mask([item], filter));
  const nearest = [...cosines.keys()]
    .filter((other) => !masked.has(other))
    .sort((a, b) => cosines[b]! - cosines[a]! || a - b)
    .slice(0, n);
  const items = known.entries(nearest).map(({ itemId, ...entry }, place) => ({
    itemId,
    rank: place + 1,
    score: cosines[nearest[place]!]!,
    ...entry,
  }));
  return { itemId, modelVersion: run.id, items };
}
