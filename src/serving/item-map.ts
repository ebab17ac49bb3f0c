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

/** A model's items in two dimensions. */
export interface ItemMap {
  /** The id of the run. */
  readonly modelVersion: string;
  /** The first two principal components of the items' directions. */
  readonly method: 'pca';
  /** The most clicked first. */
  readonly items: readonly MappedItem[];
}

/** The plane in which these differ most is the map's; more would take longer, and hardly turn it. */
const deciding = 2000;

interface Places {
  /** Item indices, the most clicked first. */
  readonly order: readonly number[];
  /** Aligned with `order`. */
  readonly x: Float64Array;
  readonly y: Float64Array;
}

const made = new WeakMap<ServedModel, Promise<Places>>();

/**
 * The most clicked items of a model in the plane; computed once for a model.
 *
 * @param most - how many
 * @throws UnsupportedError when the model has no item vectors
 */
export async function itemMap(
  model: ServedModel,
  known: KnownItems,
  most: number,
): Promise<ItemMap> {
  let computing = made.get(model);
  if (computing === undefined) {
    computing = placesOf(model);
    made.set(model, computing);
    computing.catch(() => made.delete(model));
  }
  const { order, x, y } = await computing;
  const { trainClicks } = model.run.vocabulary;
  const shown = order.slice(0, most);
  return {
    modelVersion: model.run.id,
    method: 'pca',
    items: known.entries(shown).map(({ itemId, title, genres, year }, place) => ({
      itemId,
      title,
      genre: genres[0] ?? null,
      year,
      x: rounded(x[place]!),
      y: rounded(y[place]!),
      clicks: trainClicks[shown[place]!]!,
    })),
  };
}

async function placesOf({ run, recommender }: ServedModel): Promise<Places> {
  const space = await itemSpaceOf(recommender);
  const { trainClicks } = run.vocabulary;
  const order = Array.from(trainClicks.keys());
  order.sort((a, b) => trainClicks[b]! - trainClicks[a]! || a - b);
  const vectorAt = (place: number) => space.direction(order[place]!);
  return { order, ...(await sampledPlane(vectorAt, order.length, deciding)) };
}

/** Finer than any screen, and half as long. */
const rounded = (value: number) => Math.round(value * 1e5) / 1e5;
