/** Keeps what a model's requests are answered from, and gives the moment of each. */
import { type CatalogueSource, ItemKeeper } from '../items/item-keeper.js';
import type { Kept } from '../items/kept.js';
import { type Arrivals, Moment } from '../items/moment.js';
import type { ItemFilter, KnownItems } from '../known-items.js';
import type { ProfileOptions } from '../ranking/options.js';
import { ModelRules } from '../rules/model-rules.js';
import { RuleBook, type ShopRules } from '../rules/rule-book.js';
import { NewItems, type NewItemsSource, type TrainedItems } from './new-items.js';

/** The part of the store that moments are read from. */
export type MomentSource = CatalogueSource & NewItemsSource;

/** What a request says that decides what it answers from. */
export type MomentOptions = Pick<ProfileOptions, 'newItems' | 'genre'>;

/** How often catalogue and new items are read again where they are not of one version. */
const maxReadings = 5;

function wantsNewItems({ newItems = 0 }: MomentOptions): boolean {
  return newItems !== 0;
}

/** The filters of a request and of the rules in force. */
function filtersOf(shop: ShopRules, options: MomentOptions): ItemFilter[] {
  const { rules } = shop.inForce();
  return rules.length === 0 ? [options] : [options, ...rules];
}

/** The moments of one model. */
export class Moments {
  readonly #store: MomentSource;
  readonly #items: ItemKeeper;
  readonly #newItems: NewItems;
  readonly #book: RuleBook;
  readonly #rules = new ModelRules();

  /** @param rules - the shop's; null for none */
  constructor(store: MomentSource, trained: TrainedItems, rules: RuleBook | null) {
    this.#store = store;
    this.#items = new ItemKeeper(store, trained.vocabulary);
    this.#newItems = new NewItems(store, trained);
    this.#book = rules ?? new RuleBook({ version: () => store.version() });
  }

  /**
   * The moment of a version of the data, where everything that a request answers from is known to be of it; else null.
   * It reads nothing.
   */
  known(version: number | null, options: MomentOptions): Moment | null {
    const items = this.#items.known(version);
    const shop = this.#book.known(version);
    if (items === null || shop === null) return null;
    const arrivals = wantsNewItems(options) ? this.#newItems.known(version) : null;
    if (wantsNewItems(options) && arrivals === null) return null;
    return this.#isReady(items, shop, arrivals, options)
      ? this.#moment(items, shop, arrivals)
      : null;
  }

  /** The present moment: catalogue and rules as they are stored now. @throws StorageError when the store cannot be read */
  current(options: MomentOptions): Promise<Moment> {
    return this.#read(options, (kept) => kept.current());
  }

  /** The same; the last known catalogue and rules where the store cannot be read now. @throws as `current`, without any */
  lately(options: MomentOptions): Promise<Moment> {
    return this.#read(options, (kept) => kept.lately());
  }

  async #read(options: MomentOptions, read: <T>(kept: Kept<T>) => Promise<T>): Promise<Moment> {
    for (let reading = 1; ; reading++) {
      const [items, shop, arrivals] = await Promise.all([
        read(this.#items),
        read(this.#book),
        wantsNewItems(options) ? read(this.#newItems) : null,
      ]);
      // Both are of one catalogue, but for one that changes all the time.
      const isOne = arrivals === null || arrivals.known.catalogueVersion === items.catalogueVersion;
      if (!isOne && reading < maxReadings) continue;
      if (!this.#isReady(items, shop, arrivals, options)) {
        const filters = filtersOf(shop, options);
        for (const known of [items, arrivals?.known])
          await known?.learnGenres(filters, this.#store);
      }
      return this.#moment(items, shop, arrivals);
    }
  }

  #isReady(
    items: KnownItems,
    shop: ShopRules,
    arrivals: Arrivals | null,
    options: MomentOptions,
  ): boolean {
    const filters = filtersOf(shop, options);
    return items.isReadyFor(filters) && (arrivals === null || arrivals.known.isReadyFor(filters));
  }

  #moment(items: KnownItems, shop: ShopRules, arrivals: Arrivals | null): Moment {
    return new Moment({ items, shop, modelRules: this.#rules, arrivals });
  }
}
