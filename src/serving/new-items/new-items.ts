/** New products: items that a model cannot rank, because it knows no click of theirs. */

import type { ItemId } from '../../data/ids.js';
import type { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { checkCount } from '../../errors.js';
import { type CatalogueSource, KnownItems } from '../known-items.js';
import type { FreshItem } from '../ranking/list.js';
import type { ProfileOptions } from '../ranking/options.js';
import { ModelRules } from '../rules/model-rules.js';
import type { RuleBook } from '../rules/rule-book.js';
import { mixedPage } from './marked-places.js';

/** Lists show the newest of at most so many: a shop that has far more of them has to train its model anew. */
const maxNewItems = 1000;

/** The part of the database that new items are read from. */
export type NewItemsSource = CatalogueSource & Pick<RatingsDatabase, 'newestItems' | 'storedItems'>;

/** The items of a model, and in how many clicks of its training each is. */
export interface TrainedItems {
  readonly known: KnownItems;
  /** [I] */
  readonly trainClicks: ArrayLike<number>;
}

/** What a profile has met already. */
export interface SeenItems {
  /** Model indices. */
  readonly seen: readonly number[];
  /** Ids that the model does not know. */
  readonly seenBeyond?: readonly string[];
}

/** A page of recommendations. */
export interface PageOptions extends ProfileOptions {
  readonly n: number;
  readonly offset: number;
}

/** The new items of a page. */
export interface NewItemsPage {
  /** Where the part of the ranking begins that the page holds. */
  readonly offset: number;
  /** How many items of the ranking the page holds. */
  readonly ranked: number;
  readonly fresh: readonly FreshItem[];
  /** New items that the model has a place for: its ranking must leave them out. */
  readonly inModel: readonly number[];
}

/** The new items at one version of the catalogue. */
interface Arrivals {
  readonly version: string;
  /** The newest first. */
  readonly known: KnownItems;
  readonly ids: readonly ItemId[];
  /** Model indices of those that it has a place for. */
  readonly inModel: readonly number[];
}

/**
 * The new items for one model, the newest first: those that are available, and that the model does not know, or has met
 * in no click while nobody has rated them since.
 */
export class NewItems {
  readonly #database: NewItemsSource;
  readonly #trained: TrainedItems;
  readonly #rules: RuleBook | null;
  #arrivals: Arrivals | null = null;

  /** @param rules - the shop's; null for none */
  constructor(database: NewItemsSource, trained: TrainedItems, rules: RuleBook | null) {
    this.#database = database;
    this.#trained = trained;
    this.#rules = rules;
  }

  /**
   * The new items of a page, and the part of the ranking that is left to it; null where none is asked for.
   *
   * @throws ArgumentError as `KnownItems.mask`, and for a `newItems` that is no count
   */
  page(profile: SeenItems, options: PageOptions): NewItemsPage | null {
    const { newItems = 0, n, offset } = options;
    checkCount('newItems', newItems);
    if (newItems === 0 || n === 0) return null;
    const items = this.#fitting(profile, options);
    const list = { n, wanted: Math.min(newItems, n), count: items.length };
    const { fresh, ...ranking } = mixedPage(list, offset);
    return {
      ...ranking,
      inModel: this.#current().inModel,
      fresh: fresh.map(({ place, item }) => ({ place, ...items[item]! })),
    };
  }

  /** The new items that an answer may hold, the newest first. */
  #fitting(
    { seen, seenBeyond = [] }: SeenItems,
    options: ProfileOptions,
  ): Omit<FreshItem, 'place'>[] {
    const { known, inModel } = this.#current();
    const { exclude = [], only } = options;
    const isNew = new Set(inModel);
    const seenHere = this.#trained.known.entries(seen.filter((item) => isNew.has(item)));
    const leftOut = [...seenHere.map(({ itemId }) => itemId), ...seenBeyond];
    const masked = [
      ...known.indices([...leftOut, ...known.idsOf(exclude, 'exclude')]),
      ...new ModelRules(this.#rules, known).hidden(options),
      ...(only === undefined ? [] : known.others(known.indices(known.idsOf(only, 'only')))),
    ];
    const items = known.others(known.mask(masked, options));
    const fields = known.fieldsOf(items, options);
    return known
      .entries(items)
      .map((entry, k) => ({ entry, ...(fields !== null && { fields: fields[k]! }) }));
  }

  #current(): Arrivals {
    const version = this.#database.catalogueVersion();
    if (this.#arrivals?.version === version) return this.#arrivals;
    const { known: trained, trainClicks } = this.#trained;
    const items = this.#database.newestItems().filter(({ itemId, isRated }) => {
      const item = trained.indexOf(itemId);
      return item === undefined || (!isRated && trainClicks[item] === 0);
    });
    const ids = items.slice(0, maxNewItems).map(({ itemId }) => itemId);
    const before = this.#arrivals;
    const isSame = before?.ids.length === ids.length && before.ids.every((id, k) => id === ids[k]);
    // Its entries follow the catalogue by themselves.
    const known = isSame ? before.known : this.#shelf(ids);
    this.#arrivals = { version, known, ids, inModel: trained.indices(ids) };
    return this.#arrivals;
  }

  #shelf(items: readonly ItemId[]): KnownItems {
    const database = this.#database;
    const source: CatalogueSource = {
      // There are few, so that each is looked up.
      wholeCatalogue: (ids) => database.storedItems(ids),
      catalogueChanges: (since) => database.catalogueChanges(since),
      genres: () => database.genres(),
      itemFields: () => database.itemFields(),
      catalogueVersion: () => database.catalogueVersion(),
    };
    return new KnownItems(source, { items });
  }
}
