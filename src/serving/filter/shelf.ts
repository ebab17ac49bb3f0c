/** A model's items as they are held in memory: what is stored of each, by index. */

import type { ItemFields } from '../../data/items/fields.js';
import type { CatalogueEntry, StoredItem } from '../../data/store/sqlite/ratings-database.js';

/** What is stored of a model's items at one version of the catalogue. */
export class Shelf {
  /** The version that it shows. */
  version: string;
  /** [I] */
  readonly entries: CatalogueEntry[];
  /** [I] */
  readonly fields: ItemFields[];
  /** [I]; NaN for an item without a year. */
  readonly years: Float64Array;
  /** Item indices that no answer may hold. */
  readonly unavailable = new Set<number>();
  /** [I]; the JSON of the id, and of the other fields with their closing brace; made on first use. */
  readonly #json: (readonly [string, string] | undefined)[] = [];
  /** Item indices in no order. */
  readonly #byGenre = new Map<string, Set<number>>();

  /** @param items - [I] */
  constructor(version: string, items: readonly StoredItem[]) {
    this.version = version;
    this.entries = items.map(({ entry }) => entry);
    this.fields = items.map(({ fields }) => fields);
    this.years = Float64Array.from(items, ({ entry }) => entry.year ?? Number.NaN);
    items.forEach(({ entry, available }, item) => {
      for (const genre of entry.genres) this.#genre(genre).add(item);
      if (!available) this.unavailable.add(item);
    });
  }

  /** Takes over what changed since. */
  update(version: string, items: Iterable<readonly [item: number, stored: StoredItem]>): void {
    for (const [item, { entry, available, fields }] of items) {
      for (const genre of this.entries[item]!.genres) this.#genre(genre).delete(item);
      for (const genre of entry.genres) this.#genre(genre).add(item);
      this.entries[item] = entry;
      this.fields[item] = fields;
      this.years[item] = entry.year ?? Number.NaN;
      this.#json[item] = undefined;
      if (available) this.unavailable.delete(item);
      else this.unavailable.add(item);
    }
    this.version = version;
  }

  /** The items of a genre. */
  ofGenre(genre: string): ReadonlySet<number> | undefined {
    return this.#byGenre.get(genre);
  }

  /** The JSON of an item's id, and of its other fields with the closing brace. */
  json(item: number): readonly [string, string] {
    this.#json[item] ??= jsonOf(this.entries[item]!);
    return this.#json[item];
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
