/** Places a model's items in two dimensions, for the explorer's map. */

import type { ItemId } from '../data/ids.js';
import type { ItemFields } from '../data/items/fields.js';
import { itemSpaceOf } from '../model/item-space.js';
import { type MapMaterial, minMappedItems, type PlacedItems } from '../model/map/neighbourhoods.js';
import { mapInThread } from '../model/map/thread.js';
import { sampledPlane } from '../model/projection.js';
import type { Evaluations } from '../runs/shared/runs.js';
import type { FieldsChoice } from './filter/field-choice.js';
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
  /** Present where fields were chosen. */
  readonly fields?: ItemFields;
}

/** How items are placed: by UMAP, or on the plane of their first two principal components. */
export const mapMethods = ['umap', 'pca'] as const;
export type MapMethod = (typeof mapMethods)[number];

/** A model's items in the plane. */
export interface ItemMap {
  /** The id of the run. */
  readonly modelVersion: string;
  /** Of these places: `pca` also where `umap` was asked for and is not there. */
  readonly method: MapMethod;
  /** Whether the map by UMAP is being computed. */
  readonly isComputing: boolean;
  /** Most clicked first. */
  readonly items: readonly MappedItem[];
}

/** Which map to give. */
export interface MapOptions extends FieldsChoice {
  /** How many items at most. */
  readonly maxItems: number;
  readonly method: MapMethod;
}

/** The plane is fitted to this many of the most clicked items; more would take longer and hardly turn it. */
const fittedItems = 2000;
/** The map by UMAP holds this many of the most clicked items. */
export const maxMappedItems = 20_000;

/**
 * The maps of a home's runs. The map by UMAP is computed once for each run, when it is first asked for, in a thread of
 * its own. It is stored beside the run's measurements, because a published run never changes. Where nothing can be
 * written, it stays in memory as long as the model. Until it is there, the plane of principal components answers.
 */
export class ItemMaps {
  readonly #kept: Pick<Evaluations, 'map' | 'keepMap'>;
  readonly #compute: (material: MapMaterial) => Promise<PlacedItems>;
  readonly #planes = new WeakMap<ServedModel, Promise<PlacedItems>>();
  readonly #neighbourhoods = new WeakMap<ServedModel, Neighbourhoods>();
  /** Maps are computed one after another. */
  #last: Promise<unknown> = Promise.resolve();

  /** @param compute - default: in a thread */
  constructor(kept: Pick<Evaluations, 'map' | 'keepMap'>, compute = mapInThread) {
    this.#kept = kept;
    this.#compute = compute;
  }

  /**
   * The most clicked items of a model in the plane, without those that no answer may hold.
   *
   * @throws ArgumentError naming a field that no item has
   * @throws UnsupportedError when the model cannot compare items
   */
  async of(
    model: ServedModel,
    known: KnownItems,
    { maxItems, method, fields }: MapOptions,
  ): Promise<ItemMap> {
    const order = byClicks(model);
    const near = method === 'umap' ? await this.#neighbourhoodsOf(model, order) : null;
    const { x, y } = near?.places ?? (await this.#planeOf(model, order));
    const { trainClicks } = model.run.vocabulary;
    const unavailable = new Set(known.mask([], {}));
    const places = Array.from(x.keys()).filter((place) => !unavailable.has(order[place]!));
    places.length = Math.min(places.length, maxItems);
    const shown = places.map((place) => order[place]!);
    const chosen = known.fieldsOf(shown, { fields });
    return {
      modelVersion: model.run.id,
      method: near?.places ? 'umap' : 'pca',
      isComputing: near?.isComputing ?? false,
      items: known.entries(shown).map(({ itemId, title, genres, year }, k) => ({
        itemId,
        title,
        genre: genres[0] ?? null,
        year,
        x: rounded(x[places[k]!]!),
        y: rounded(y[places[k]!]!),
        clicks: trainClicks[shown[k]!]!,
        ...(chosen && { fields: chosen[k]! }),
      })),
    };
  }

  #planeOf(model: ServedModel, order: readonly number[]): Promise<PlacedItems> {
    let computing = this.#planes.get(model);
    if (computing === undefined) {
      computing = planeOf(model, order);
      this.#planes.set(model, computing);
      computing.catch(() => this.#planes.delete(model));
    }
    return computing;
  }

  /** What there is of a model's map by UMAP; begins to compute it where nothing is. */
  async #neighbourhoodsOf(model: ServedModel, order: readonly number[]): Promise<Neighbourhoods> {
    const known = this.#neighbourhoods.get(model);
    if (known !== undefined) return known;
    const count = Math.min(order.length, maxMappedItems);
    if (count < minMappedItems) return { places: null, isComputing: false };
    const begun: Neighbourhoods = { places: null, isComputing: true };
    this.#neighbourhoods.set(model, begun);
    try {
      const stored = await this.#stored(model.run.id, count);
      if (stored !== null) {
        begun.places = stored;
        begun.isComputing = false;
        return begun;
      }
      const space = await itemSpaceOf(model.recommender);
      const { trainClicks } = model.run.vocabulary;
      const vectors = new Float32Array(count * space.dimensions);
      for (let place = 0; place < count; place++) {
        vectors.set(space.direction(order[place]!), place * space.dimensions);
      }
      const clicks = Int32Array.from({ length: count }, (_, place) => trainClicks[order[place]!]!);
      const material = { vectors, dimensions: space.dimensions, clicks };
      this.#last = this.#last.then(() => this.#fill(begun, model, material));
    } catch (error) {
      this.#neighbourhoods.delete(model);
      throw error;
    }
    return begun;
  }

  async #fill(begun: Neighbourhoods, model: ServedModel, material: MapMaterial): Promise<void> {
    try {
      const { id } = model.run;
      // Another server of the home may have stored it while this one waited.
      const found = await this.#stored(id, material.clicks.length);
      const { x, y } = found ?? (await this.#compute(material));
      begun.places = { x: x.map(rounded), y: y.map(rounded) };
      begun.isComputing = false;
      if (found === null) await this.#keep(id, begun.places);
    } catch {
      // The plane goes on answering. Trying again with each request would cost a minute each time.
      begun.isComputing = false;
    }
  }

  /** A stored map; null for none, or one that cannot be read, which is then computed anew. */
  async #stored(run: string, count: number): Promise<PlacedItems | null> {
    try {
      const stored = await this.#kept.map(run);
      if (stored?.x.length !== count) return null;
      return { x: Float64Array.from(stored.x), y: Float64Array.from(stored.y) };
    } catch {
      return null;
    }
  }

  async #keep(run: string, { x, y }: PlacedItems): Promise<void> {
    try {
      await this.#kept.keepMap(run, { format: 1, x: Array.from(x), y: Array.from(y) });
    } catch {
      // A home that cannot be written: the map stays in memory.
    }
  }
}

interface Neighbourhoods {
  places: PlacedItems | null;
  isComputing: boolean;
}

/** Item indices; ties by index. */
function byClicks({ run }: ServedModel): number[] {
  const { trainClicks } = run.vocabulary;
  return Array.from(trainClicks.keys()).sort((a, b) => trainClicks[b]! - trainClicks[a]! || a - b);
}

async function planeOf({ recommender }: ServedModel, order: readonly number[]) {
  const space = await itemSpaceOf(recommender);
  const vectorAt = (place: number) => space.direction(order[place]!);
  return sampledPlane(vectorAt, order.length, fittedItems);
}

/** Five digits are finer than any screen, and make half the JSON. */
const rounded = (value: number) => Math.round(value * 1e5) / 1e5;
