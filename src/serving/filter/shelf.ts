/** A model's items as they are held in memory: what is stored of each, by index. */

import type { Field } from '../../data/items/fields.js';
import type { CatalogueEntry, CatalogueState, StoredItem } from '../../data/store/catalogue.js';
import { type ItemTest, whereTest } from './where/predicate.js';

/** How many filters are kept with the items that fit them. */
const maxFilters = 100;

/** The items that fit a filter. */
interface Fitting {
  readonly test: ItemTest;
  /** [I]; 1 for an item that fits. */
  readonly fits: Uint8Array;
}

/** What is stored of a model's items at one version of the catalogue. It never changes. */
export class Shelf {
  readonly version: string;
  /** [I] */
  readonly items: readonly StoredItem[];
  /** [I]; NaN for an item without a year. */
  readonly years: Float64Array;
  /** Item indices that no answer may hold. */
  readonly unavailable: ReadonlySet<number>;
  /** The fields that items have. */
  readonly fields: readonly Field[];
  /** [I]; the JSON of the id, and of the other fields with their closing brace; made on first use. */
  readonly #json: (readonly [string, string] | undefined)[];
  /** Item indices in no order. */
  readonly #byGenre: Map<string, ReadonlySet<number>>;
  /** By the filter's text, the one that was used last at the end. */
  readonly #byFilter = new Map<string, Fitting>();

  /**
   * @param state - its items are [I], or those that changed since `before`
   * @param before - with the index of each item that changed; absent: there is none
   */
  constructor(
    { version, items, fields }: CatalogueState,
    before?: { readonly shelf: Shelf; readonly places: readonly number[] },
  ) {
    this.version = version;
    this.fields = fields;
    if (before === undefined) {
      this.items = items;
      this.years = Float64Array.from(items, yearOf);
      this.unavailable = new Set([...items.keys()].filter((item) => !items[item]!.available));
      this.#json = [];
      const byGenre = new Map<string, Set<number>>();
      items.forEach(({ entry }, item) => {
        for (const genre of entry.genres) setOf(byGenre, genre).add(item);
      });
      this.#byGenre = byGenre;
      return;
    }
    const { shelf, places } = before;
    const own = [...shelf.items];
    const years = shelf.years.slice();
    const unavailable = new Set(shelf.unavailable);
    const json = [...shelf.#json];
    const byGenre = new Map(shelf.#byGenre);
    const copied = new Map<string, Set<number>>();
    const genreOf = (genre: string) => {
      const items = copied.get(genre) ?? new Set(byGenre.get(genre));
      copied.set(genre, items);
      byGenre.set(genre, items);
      return items;
    };
    places.forEach((item, k) => {
      const stored = items[k]!;
      for (const genre of own[item]!.entry.genres) genreOf(genre).delete(item);
      for (const genre of stored.entry.genres) genreOf(genre).add(item);
      own[item] = stored;
      years[item] = yearOf(stored);
      json[item] = undefined;
      if (stored.available) unavailable.delete(item);
      else unavailable.add(item);
    });
    this.items = own;
    this.years = years;
    this.unavailable = unavailable;
    this.#json = json;
    this.#byGenre = byGenre;
    // A filter depends on the types of the fields.
    if (JSON.stringify(fields) !== JSON.stringify(shelf.fields)) return;
    for (const [where, { test, fits }] of shelf.#byFilter) {
      const changed = fits.slice();
      for (const item of places) changed[item] = Number(test(own[item]!));
      this.#byFilter.set(where, { test, fits: changed });
    }
  }

  /** The items of a genre. */
  ofGenre(genre: string): ReadonlySet<number> | undefined {
    return this.#byGenre.get(genre);
  }

  /**
   * Which items fit a filter: [I], 1 for one that does. It is worked out once, and then for changed items alone.
   *
   * @throws ArgumentError as `whereTest`
   */
  fitting(where: string): Uint8Array {
    const known = this.#byFilter.get(where);
    this.#byFilter.delete(where);
    const kept = known ?? this.#fitting(where);
    this.#byFilter.set(where, kept);
    if (this.#byFilter.size > maxFilters) {
      for (const oldest of this.#byFilter.keys()) {
        this.#byFilter.delete(oldest);
        break;
      }
    }
    return kept.fits;
  }

  /** The JSON of an item's id, and of its other fields with the closing brace. */
  json(item: number): readonly [string, string] {
    this.#json[item] ??= jsonOf(this.items[item]!.entry);
    return this.#json[item];
  }

  #fitting(where: string): Fitting {
    const test = whereTest(where, this.fields);
    return { test, fits: Uint8Array.from(this.items, (item) => Number(test(item))) };
  }
}

function yearOf({ entry }: StoredItem): number {
  return entry.year ?? Number.NaN;
}

function setOf(sets: Map<string, Set<number>>, name: string): Set<number> {
  let items = sets.get(name);
  if (items === undefined) {
    items = new Set();
    sets.set(name, items);
  }
  return items;
}

function jsonOf({ itemId, ...entry }: CatalogueEntry): readonly [string, string] {
  return [JSON.stringify(itemId), JSON.stringify(entry).slice(1)];
}
