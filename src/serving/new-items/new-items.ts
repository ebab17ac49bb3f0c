/** New products: items that a model cannot rank, because it knows no click of theirs. */

import type { ItemId } from '../../data/ids.js';
import type { Store } from '../../data/store/store.js';
import { checkCount } from '../../errors.js';
import { type CatalogueSource, ItemKeeper } from '../items/item-keeper.js';
import { Kept } from '../items/kept.js';
import type { Arrivals, Moment } from '../items/moment.js';
import { Vocabulary } from '../items/vocabulary.js';
import type { FreshItem } from '../ranking/list.js';
import type { ProfileOptions } from '../ranking/options.js';
import { itemRules } from '../rules/item-rules.js';
import { hiddenItems } from '../rules/model-rules.js';
import { mixedPage } from './marked-places.js';

/** Lists show the newest of at most so many: a shop that has far more of them has to train its model anew. */
const maxNewItems = 1000;

/** The part of the store that new items are read from. */
export type NewItemsSource = CatalogueSource &
  Pick<Store, 'catalogueVersion' | 'newestItems' | 'storedItems' | 'itemFields'>;

/** The items of a model, and in how many clicks of its training each is. */
export interface TrainedItems {
  readonly vocabulary: Vocabulary;
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

interface Shelved extends Arrivals {
  /** Follows what is stored of these items. */
  readonly keeper: ItemKeeper;
}

/** How often the new items are read again, because the catalogue changed meanwhile, before the last reading is taken. */
const maxReadings = 5;

/**
 * The new items for one model, the newest first: those that are available, and that the model does not know, or has met
 * in no click while nobody has rated them since.
 */
export class NewItems extends Kept<Arrivals> {
  constructor(source: NewItemsSource, trained: TrainedItems) {
    super({
      version: () => source.version(),
      read: (before) => readArrivals(source, trained, before as Shelved | null),
    });
  }
}

async function readArrivals(
  source: NewItemsSource,
  { vocabulary, trainClicks }: TrainedItems,
  before: Shelved | null,
): Promise<Shelved> {
  for (let reading = 1; ; reading++) {
    const version = await source.catalogueVersion();
    if (before?.known.catalogueVersion === version) return before;
    const newest = await source.newestItems();
    const items = newest.filter(({ itemId, isRated }) => {
      const item = vocabulary.indexOf(itemId);
      return item === undefined || (!isRated && trainClicks[item] === 0);
    });
    const ids = items.slice(0, maxNewItems).map(({ itemId }) => itemId);
    const old = before?.known.ids;
    const isSame = old?.length === ids.length && old.every((id, k) => id === ids[k]);
    const keeper = isSame ? before!.keeper : keeperOf(source, ids);
    const known = await keeper.current();
    if (known.catalogueVersion === version || reading === maxReadings) {
      return { keeper, known, inModel: vocabulary.indices(ids) };
    }
  }
}

/** There are few items, so that each is looked up. */
function keeperOf(source: NewItemsSource, ids: readonly ItemId[]): ItemKeeper {
  const few: CatalogueSource = {
    version: () => source.version(),
    genres: () => source.genres(),
    catalogueChanges: (since) => source.catalogueChanges(since),
    wholeCatalogue: async (wanted) => ({
      // Before the items: a change that comes between is read again.
      version: await source.catalogueVersion(),
      items: await source.storedItems(wanted),
      fields: await source.itemFields(),
    }),
  };
  return new ItemKeeper(few, new Vocabulary(ids));
}

/**
 * The new items of a page, and the part of the ranking that is left to it; null where none is asked for.
 *
 * @throws ArgumentError as `KnownItems.mask`, and for a `newItems` that is no count
 */
export function newItemsPage(
  moment: Moment,
  profile: SeenItems,
  options: PageOptions,
): NewItemsPage | null {
  const { newItems = 0, n, offset } = options;
  checkCount('newItems', newItems);
  const { arrivals } = moment;
  if (newItems === 0 || n === 0 || arrivals === null) return null;
  const items = fitting(moment, arrivals, profile, options);
  const list = { n, wanted: Math.min(newItems, n), count: items.length };
  const { fresh, ...ranking } = mixedPage(list, offset);
  return {
    ...ranking,
    inModel: arrivals.inModel,
    fresh: fresh.map(({ place, item }) => ({ place, ...items[item]! })),
  };
}

/** The new items that an answer may hold, the newest first. */
function fitting(
  { items: trained, inForce }: Moment,
  { known, inModel }: Arrivals,
  { seen, seenBeyond = [] }: SeenItems,
  options: ProfileOptions,
): Omit<FreshItem, 'place'>[] {
  const { exclude = [], only } = options;
  const isNew = new Set(inModel);
  const seenHere = trained.entries(seen.filter((item) => isNew.has(item)));
  const leftOut = [...seenHere.map(({ itemId }) => itemId), ...seenBeyond];
  const rules =
    options.rules === 'off' || inForce.rules.length === 0 ? null : itemRules(known, inForce.rules);
  const masked = [
    ...known.indices([...leftOut, ...known.idsOf(exclude, 'exclude')]),
    ...hiddenItems(rules),
    ...(only === undefined ? [] : known.others(known.indices(known.idsOf(only, 'only')))),
  ];
  const items = known.others(known.mask(masked, options));
  const fields = known.fieldsOf(items, options);
  return known
    .entries(items)
    .map((entry, k) => ({ entry, ...(fields !== null && { fields: fields[k]! }) }));
}
