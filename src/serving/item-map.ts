/** Places a model's items in two dimensions, for the explorer's map. */

import type { ItemId } from '../data/ids.js';
import { itemSpaceOf } from '../model/item-space.js';
import { sampledPlane } from '../model/projection.js';
import type { KnownItems } from './known-items.js';
import type { ServedModel } from './served-models.js';

/** An item's place in the plane. */
export interface MappedItem {
  readonly itemId: ItemId;
  readonly title: string | null;
  /** The first of its genres. */
  readonly genre: string | null;
  readonly year: number | null;
  readonly x: number;
  readonly y: number;
  /** In training. */
  readonly clicks: number;
}

/** A model's items in the plane. */
export interface ItemMap {
  /** The id of the run. */
  readonly modelVersion: string;
  /** The first two principal components of the items' directions. */
  readonly method: 'pca';
  /** Most clicked first. */
  readonly items: readonly MappedItem[];
}

/** The plane is fitted to this many of the most clicked items; more would take longer and hardly turn it. */
const fittedItems = 2000;

interface Places {
  /** Item indices, most clicked first. */
  readonly order: readonly number[];
  /** Aligned with `order`. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Each model's places, computed once. */
const placesByModel = new WeakMap<ServedModel, Promise<Places>>();

/**
 * The most clicked items of a model in the plane, without those that no answer may hold.
 *
 * @param maxItems - how many at most
 * @throws UnsupportedError when the model cannot compare items
 */
export async function itemMap(
  model: ServedModel,
  known: KnownItems,
  maxItems: number,
): Promise<ItemMap> {
  let computing = placesByModel.get(model);
  if (computing === undefined) {
    computing = placesOf(model);
    placesByModel.set(model, computing);
    computing.catch(() => placesByModel.delete(model));
  }
  const { order, x, y } = await computing;
  const { trainClicks } = model.run.vocabulary;
  const unavailable = new Set(known.mask([], {}));
  const places = [...order.keys()].filter((place) => !unavailable.has(order[place]!));
  places.length = Math.min(places.length, maxItems);
  const shown = places.map((place) => order[place]!);
  return {
    modelVersion: model.run.id,
    method: 'pca',
    items: known.entries(shown).map(({ itemId, title, genres, year }, k) => ({
      itemId,
      title,
      genre: genres[0] ?? null,
      year,
      x: rounded(x[places[k]!]!),
      y: rounded(y[places[k]!]!),
      clicks: trainClicks[shown[k]!]!,
    })),
  };
}

async function placesOf({ run, recommender }: ServedModel): Promise<Places> {
  const space = await itemSpaceOf(recommender);
  const { trainClicks } = run.vocabulary;
  const order = Array.from(trainClicks.keys());
  order.sort((a, b) => trainClicks[b]! - trainClicks[a]! || a - b);
  const vectorAt = (place: number) => space.direction(order[place]!);
  return { order, ...(await sampledPlane(vectorAt, order.length, fittedItems)) };
}

/** Five digits are finer than any screen, and make half the JSON. */
const rounded = (value: number) => Math.round(value * 1e5) / 1e5;
