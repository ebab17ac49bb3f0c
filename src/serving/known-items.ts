/** The items that a model knows: ids, indices, and what the catalogue says of them. */

import { type ItemId, idOf } from '../data/ids.js';
import type { ItemFields } from '../data/items/fields.js';
import { LargeMap } from '../data/large-map.js';
import type { CatalogueEntry } from '../data/store/catalogue.js';
import type { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { ArgumentError, quote } from '../errors.js';
import type { StoredRun } from '../runs/format.js';
import { type FieldsChoice, fieldPicker } from './filter/field-choice.js';
import { Shelf } from './filter/shelf.js';

/** The part of the database that a model's items are read from. */
export type CatalogueSource = Pick<
  RatingsDatabase,
  'wholeCatalogue' | 'catalogueChanges' | 'genres' | 'itemFields' | 'catalogueVersion'
>;

/** Which items an answer may hold. Default: all. */
export interface ItemFilter {
  /** Items with at least one of these genres, spelled as they are stored. */
  readonly genre?: readonly string[] | undefined;
  /** A bound on the year leaves out items without a year. */
  readonly minYear?: number | undefined;
  readonly maxYear?: number | undefined;
  /** A filter by fields, such as `price<20 and in_stock` (`filter/where/expression.ts`). */
  readonly where?: string | undefined;
}

/** The items of a model by id and index, with what is stored of them. After an import they are read again. */
export class KnownItems {
  readonly #database: CatalogueSource;
  readonly #ids: readonly ItemId[];
  readonly #indexOf: LargeMap<string, number>;
  #shelf: Shelf | null = null;

  constructor(database: CatalogueSource, { items }: Pick<StoredRun['vocabulary'], 'items'>) {
    this.#database = database;
    this.#ids = items;
    this.#indexOf = new LargeMap(items.map((item, index) => [item, index]));
  }

  /** I, how many items the model knows. */
  get count(): number {
    return this.#ids.length;
  }

  /** The index of an item; undefined for one that the model does not know. */
  indexOf(itemId: string): number | undefined {
    return this.#indexOf.get(itemId);
  }

  /**
   * The ids that a caller means: ids that the model has with exactly this text, else without the blanks around it.
   *
   * @param name - what the caller calls the list
   * @throws ArgumentError for a text that cannot be an id
   */
  idsOf(texts: readonly unknown[], name: string): string[] {
    return texts.map((text) => idOf(text, name, (id) => this.#indexOf.has(id)));
  }

  /** The indices of the items that the model knows, in the given order, without repeats. */
  indices(itemIds: Iterable<string>): number[] {
    const indices = new Set<number>();
    for (const id of itemIds) {
      const index = this.#indexOf.get(id);
      if (index !== undefined) indices.add(index);
    }
    return [...indices];
  }

  /** The indices of all items but these, ascending. */
  others(items: readonly number[]): number[] {
    const isOne = new Uint8Array(this.#ids.length);
    for (const item of items) isOne[item] = 1;
    return [...isOne.keys()].filter((item) => isOne[item] === 0);
  }

  /** The genres of each item, or the values of another field, as texts; none where the item has no value. */
  valuesOf(items: readonly number[], name: string): (readonly string[])[] {
    const shelf = this.#current();
    return items.map((item) => {
      const { entry, fields } = shelf.items[item]!;
      if (name === 'genre') return entry.genres;
      const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return value === undefined ? [] : [value].flat().map(String);
    });
  }

  /** Title, genres and year of items, by index. */
  entries(items: readonly number[]): CatalogueEntry[] {
    const shelf = this.#current();
    return items.map((item) => shelf.items[item]!.entry);
  }

  /** The JSON of items' ids, and of their other fields with the closing brace. */
  jsonOf(items: readonly number[]): (readonly [string, string])[] {
    const shelf = this.#current();
    return items.map((item) => shelf.json(item));
  }

  /**
   * The chosen fields of items, by index; null where none is chosen.
   *
   * @throws ArgumentError for a field that no item has
   */
  fieldsOf(items: readonly number[], choice: FieldsChoice): ItemFields[] | null {
    const shelf = this.#current();
    const pick = fieldPicker(choice, () => shelf.fields);
    return pick && items.map((item) => pick(shelf.items[item]!.fields));
  }

  /** A text that changes when titles, availability or anything else of an item may have changed. */
  get catalogueVersion(): string {
    return this.#database.catalogueVersion();
  }

  /**
   * The items that an answer must not hold, without repeats: those given, those that are not available, and those that
   * the filter excludes.
   *
   * @throws ArgumentError naming a genre that no stored item has, bounds between which there is no year, or a fault of
   *   the filter by fields
   */
  mask(leftOut: readonly number[], filter: ItemFilter): number[] {
    const { genre: genres = [], minYear, maxYear, where } = filter;
    const byYear = minYear !== undefined || maxYear !== undefined;
    if (minYear !== undefined && maxYear !== undefined && minYear > maxYear) {
      throw new ArgumentError(
        `minYear is ${minYear} and maxYear is ${maxYear}, so no year fits; give a minYear that is not above maxYear`,
      );
    }
    const shelf = this.#current();
    const { unavailable } = shelf;
    const fits = where === undefined || where.trim() === '' ? null : shelf.fitting(where);
    if (genres.length === 0 && !byYear && fits === null)
      return [...new Set([...leftOut, ...unavailable])];
    const allowed = new Uint8Array(this.#ids.length).fill(genres.length === 0 ? 1 : 0);
    for (const genre of genres) {
      for (const item of shelf.ofGenre(genre) ?? this.#withoutItems(genre)) allowed[item] = 1;
    }
    for (const item of leftOut) allowed[item] = 0;
    for (const item of unavailable) allowed[item] = 0;
    const low = minYear ?? Number.NEGATIVE_INFINITY;
    const high = maxYear ?? Number.POSITIVE_INFINITY;
    const masked: number[] = [];
    for (let item = 0; item < allowed.length; item++) {
      const year = shelf.years[item]!;
      const inTime = !byYear || (year >= low && year <= high);
      if (allowed[item] === 0 || !inTime || fits?.[item] === 0) masked.push(item);
    }
    return masked;
  }

  /** For a genre that no item of the model has: no items if another stored item has it, else an error. */
  #withoutItems(genre: string): Iterable<number> {
    const known = this.#database.genres().map((entry) => entry.genre);
    if (known.includes(genre)) return [];
    const choices = known.length === 0 ? 'none, as no item has one' : known.join(', ');
    throw new ArgumentError(`genre is ${quote(genre)}; give one of these: ${choices}`);
  }

  #current(): Shelf {
    const version = this.catalogueVersion;
    if (this.#shelf?.version === version) return this.#shelf;
    const changes = this.#shelf && this.#database.catalogueChanges(this.#shelf.version);
    if (this.#shelf === null || changes === null) {
      const items = this.#database.wholeCatalogue(this.#ids);
      this.#shelf = new Shelf(version, items, this.#database.itemFields());
      return this.#shelf;
    }
    const changed = changes.flatMap((stored) => {
      const item = this.#indexOf.get(stored.entry.itemId);
      return item === undefined ? [] : [[item, stored] as const];
    });
    this.#shelf.update(version, changed, this.#database.itemFields());
    return this.#shelf;
  }
}
