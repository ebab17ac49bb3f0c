/** The items that a model knows: ids, indices, and what the catalogue says of them. */

import type { ItemFields } from '../data/items/fields.js';
import type { CatalogueEntry, CatalogueState } from '../data/store/catalogue.js';
import type { Store } from '../data/store/store.js';
import { ArgumentError, quote } from '../errors.js';
import { type FieldsChoice, fieldPicker } from './filter/field-choice.js';
import { Shelf } from './filter/shelf.js';
import { Vocabulary } from './items/vocabulary.js';

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

/** The items of a model by id and index, with what is stored of them at one version of the catalogue. */
export class KnownItems extends Vocabulary {
  readonly #shelf: Shelf;
  /** Every stored genre, also those that no item of the model has; null until somebody needs them. */
  #storedGenres: readonly string[] | null = null;

  /** @param shelf - of exactly these items */
  constructor(vocabulary: Vocabulary, shelf: Shelf) {
    super(vocabulary);
    this.#shelf = shelf;
  }

  /** The same items after a change of the catalogue. */
  changed({ version, items, fields }: CatalogueState): KnownItems {
    const known = items.flatMap((stored) => {
      const place = this.indexOf(stored.entry.itemId);
      return place === undefined ? [] : [{ place, stored }];
    });
    const state = { version, items: known.map(({ stored }) => stored), fields };
    const before = { shelf: this.#shelf, places: known.map(({ place }) => place) };
    return new KnownItems(this, new Shelf(state, before));
  }

  /** Learns the stored genres, where a filter names one that no item of the model has. Call it before `mask`. */
  async learnGenres(filters: readonly ItemFilter[], source: Pick<Store, 'genres'>): Promise<void> {
    if (this.isReadyFor(filters)) return;
    this.#storedGenres = (await source.genres()).map(({ genre }) => genre);
  }

  /** Whether `mask` can judge these filters without `learnGenres`. */
  isReadyFor(filters: readonly ItemFilter[]): boolean {
    if (this.#storedGenres !== null) return true;
    return filters.every(({ genre = [] }) =>
      genre.every((name) => this.#shelf.ofGenre(name) !== undefined),
    );
  }

  /** The genres of each item, or the values of another field, as texts; none where the item has no value. */
  valuesOf(items: readonly number[], name: string): (readonly string[])[] {
    const shelf = this.#shelf;
    return items.map((item) => {
      const { entry, fields } = shelf.items[item]!;
      if (name === 'genre') return entry.genres;
      const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return value === undefined ? [] : [value].flat().map(String);
    });
  }

  /** Title, genres and year of items, by index. */
  entries(items: readonly number[]): CatalogueEntry[] {
    const shelf = this.#shelf;
    return items.map((item) => shelf.items[item]!.entry);
  }

  /** The JSON of items' ids, and of their other fields with the closing brace. */
  jsonOf(items: readonly number[]): (readonly [string, string])[] {
    const shelf = this.#shelf;
    return items.map((item) => shelf.json(item));
  }

  /**
   * The chosen fields of items, by index; null where none is chosen.
   *
   * @throws ArgumentError for a field that no item has
   */
  fieldsOf(items: readonly number[], choice: FieldsChoice): ItemFields[] | null {
    const shelf = this.#shelf;
    const pick = fieldPicker(choice, () => shelf.fields);
    return pick && items.map((item) => pick(shelf.items[item]!.fields));
  }

  /** A text that differs where titles, availability or anything else of an item may differ. */
  get catalogueVersion(): string {
    return this.#shelf.version;
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
    const shelf = this.#shelf;
    const { unavailable } = shelf;
    const fits = where === undefined || where.trim() === '' ? null : shelf.fitting(where);
    if (genres.length === 0 && !byYear && fits === null)
      return [...new Set([...leftOut, ...unavailable])];
    const allowed = new Uint8Array(this.count).fill(genres.length === 0 ? 1 : 0);
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
    const known = this.#storedGenres ?? [];
    if (known.includes(genre)) return [];
    const choices = known.length === 0 ? 'none, as no item has one' : known.join(', ');
    throw new ArgumentError(`genre is ${quote(genre)}; give one of these: ${choices}`);
  }
}
