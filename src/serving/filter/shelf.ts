/** A model's items as they are held in memory: what is stored of each, by index. */

import type { Field } from '../../data/items/fields.js';
import type { CatalogueEntry, StoredItem } from '../../data/store/catalogue.js';
import { type ItemTest, whereTest } from './where/predicate.js';

/** How many filters are kept with the items that fit them. */
const maxFilters = 100;

/** The items that fit a filter. */
interface Fitting {
  readonly test: ItemTest;
  /** [I]; 1 for an item that fits. */
  readonly fits: Uint8Array;
}

/** What is stored of a model's items at one version of the catalogue. */
export class Shelf {
  /** The version that it shows. */
  version: string;
  /** [I] */
  readonly items: StoredItem[];
  /** [I]; NaN for an item without a year. */
  readonly years: Float64Array;
  /** Item indices that no answer may hold. */
  readonly unavailable = new Set<number>();
  /** The fields that items have. */
  fields: readonly Field[];
  /** [I]; the JSON of the id, and of the other fields with their closing brace; made on first use. */
  readonly #json: (readonly [string, string] | undefined)[] = [];
  /** Item indices in no order. */
  readonly #byGenre = new Map<string, Set<number>>();
  /** By the filter's text, the one that was used last at the end. */
  readonly #byFilter = new Map<string, Fitting>();

  /** @param items - [I] */
  constructor(version: string, items: readonly StoredItem[], fields: readonly Field[]) {
    this.version = version;
    this.items = [...items];
    this.fields = fields;
    this.years = Float64Array.from(items, ({ entry }) => entry.year ?? Number.NaN);
    items.forEach(({ entry, available }, item) => {
      for (const genre of entry.genres) this.#genre(genre).add(item);
      if (!available) this.unavailable.add(item);
    });
  }

  /** Takes over what changed since. */
  update(
    version: string,
    items: Iterable<readonly [item: number, stored: StoredItem]>,
    fields: readonly Field[],
  ): void {
    // A filter depends on the types of the fields.
    if (JSON.stringify(fields) !== JSON.stringify(this.fields)) this.#byFilter.clear();
    this.fields = fields;
    for (const [item, stored] of items) {
      const { entry, available } = stored;
      for (const genre of this.items[item]!.entry.genres) this.#genre(genre).delete(item);
      for (const genre of entry.genres) this.#genre(genre).add(item);
      this.items[item] = stored;
      this.years[item] = entry.year ?? Number.NaN;
      this.#json[item] = undefined;
      if (available) this.unavailable.delete(item);
      else this.unavailable.add(item);
      for (const { test, fits } of this.#byFilter.values()) fits[item] = Number(test(stored));
    }
    this.version = version;
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

  #genre(genre: string): Set<number> {
    let items = this.#byGenre.get(genre);
    if (items === undefined) {
      items = new Set();
      this.#byGenre.set(genre, items);
    }
    return items;
  }
}

function jsonOf({ itemId, ...entry }: CatalogueEntry): readonly [string, string] {
  return [JSON.stringify(itemId), JSON.stringify(entry).slice(1)];
}
