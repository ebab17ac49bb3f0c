import type { ItemId } from '../data/ids.js';
import type { CatalogueEntry, RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { ArgumentError, quote } from '../errors.js';
import type { StoredRun } from '../runs/format.js';

/** What a model's items are read from. */
export type CatalogueSource = Pick<RatingsDatabase, 'wholeCatalogue' | 'genres' | 'importedAt'>;

/** Which items an answer may hold; without any of them, all. */
export interface ItemFilter {
  /** Items with at least one of these; the names as they are stored. */
  readonly genre?: readonly string[] | undefined;
  /** With a bound on the year, items whose year is not known are left out. */
  readonly minYear?: number | undefined;
  readonly maxYear?: number | undefined;
}

/** What is kept of a catalogue to filter by. */
interface Shelf {
  /** When the data were imported that this was read from. */
  readonly version: string | null;
  /** [I] */
  readonly entries: readonly CatalogueEntry[];
  /** [I], NaN where there is none. */
  readonly years: Float64Array;
  /** [I]; the JSON of the id, and of the other fields with the brace that closes them; made when first asked for. */
  readonly json: (readonly [string, string])[];
  /** Item indices, ascending. */
  readonly byGenre: ReadonlyMap<string, readonly number[]>;
}

/** The items of a model by id and index, with their titles, genres and years: held in memory, read anew after an import. */
export class KnownItems {
  readonly #database: CatalogueSource;
  readonly #ids: readonly ItemId[];
  readonly #indexOf: ReadonlyMap<string, number>;
  #shelf: Shelf | null = null;

  constructor(database: CatalogueSource, { items }: Pick<StoredRun['vocabulary'], 'items'>) {
    this.#database = database;
    this.#ids = items;
    this.#indexOf = new Map(items.map((item, index) => [item, index]));
  }

  /** The index of an item; undefined for one that the model has never seen. */
  indexOf(itemId: string): number | undefined {
    return this.#indexOf.get(itemId);
  }

  /** The indices of those items that the model knows, each once, in their order. */
  indices(itemIds: Iterable<string>): number[] {
    const indices = new Set<number>();
    for (const id of itemIds) {
      const index = this.#indexOf.get(id);
      if (index !== undefined) indices.add(index);
    }
    return [...indices];
  }

  /** Title, genres and year of items, by index. */
  entries(items: readonly number[]): CatalogueEntry[] {
    const { entries } = this.#current();
    return items.map((item) => entries[item]!);
  }

  /** The JSON of items' ids, and of their other fields with the brace that closes them. */
  jsonOf(items: readonly number[]): (readonly [string, string])[] {
    const { entries, json } = this.#current();
    return items.map((item) => {
      json[item] ??= jsonOf(entries[item]!);
      return json[item];
    });
  }

  /** When the data were imported that titles come from; null where nothing was. */
  get catalogueVersion(): string | null {
    return this.#database.importedAt();
  }

  /**
   * The items that must not come, each once: some, and those that a filter does not allow.
   *
   * @throws ArgumentError naming a genre that no stored item has
   */
  mask(leftOut: readonly number[], { genre: genres = [], minYear, maxYear }: ItemFilter): number[] {
    const byYear = minYear !== undefined || maxYear !== undefined;
    if (genres.length === 0 && !byYear) return [...new Set(leftOut)];
    const shelf = this.#current();
    const allowed = new Uint8Array(this.#ids.length).fill(genres.length === 0 ? 1 : 0);
    for (const genre of genres) {
      for (const item of shelf.byGenre.get(genre) ?? this.#withoutItems(genre)) allowed[item] = 1;
    }
    for (const item of leftOut) allowed[item] = 0;
    const [low, high] = [minYear ?? Number.NEGATIVE_INFINITY, maxYear ?? Number.POSITIVE_INFINITY];
    const masked: number[] = [];
    for (let item = 0; item < allowed.length; item++) {
      const year = shelf.years[item]!;
      const inTime = !byYear || (year >= low && year <= high);
      if (allowed[item] === 0 || !inTime) masked.push(item);
    }
    return masked;
  }

  /** No item of the model has this genre: nothing, where another stored item has it. */
  #withoutItems(genre: string): readonly number[] {
    const known = this.#database.genres().map((entry) => entry.genre);
    if (known.includes(genre)) return [];
    const choices = known.length === 0 ? 'none, as no item has one' : known.join(', ');
    throw new ArgumentError(`genre is ${quote(genre)}; give one of these: ${choices}`);
  }

  #current(): Shelf {
    const version = this.catalogueVersion;
    if (this.#shelf === null || this.#shelf.version !== version) {
      this.#shelf = shelfOf(version, this.#database.wholeCatalogue(this.#ids));
    }
    return this.#shelf;
  }
}

function shelfOf(version: string | null, entries: readonly CatalogueEntry[]): Shelf {
  const byGenre = new Map<string, number[]>();
  entries.forEach(({ genres }, item) => {
    for (const genre of genres) {
      const items = byGenre.get(genre);
      if (items === undefined) byGenre.set(genre, [item]);
      else items.push(item);
    }
  });
  const years = Float64Array.from(entries, ({ year }) => year ?? Number.NaN);
  return { version, entries, years, json: [], byGenre };
}

function jsonOf({ itemId, ...entry }: CatalogueEntry): readonly [string, string] {
  return [JSON.stringify(itemId), JSON.stringify(entry).slice(1)];
}
