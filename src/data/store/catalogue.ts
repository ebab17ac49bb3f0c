/** The items of a store: what is stored of them, and how they are listed. */
import type { ItemId } from '../ids.js';
import type { Field, ItemFields } from '../items/fields.js';

/** The title, genres and year of an item. */
export interface CatalogueEntry {
  readonly itemId: ItemId;
  /** As published, often with the year; null where no title is stored. */
  readonly title: string | null;
  readonly genres: string[];
  readonly year: number | null;
}

/** An item as it is stored. */
export interface StoredItem {
  readonly entry: CatalogueEntry;
  /** Whether an answer may hold it. */
  readonly available: boolean;
  readonly fields: ItemFields;
}

/** An item in the order of arrival. */
export interface NewestItem {
  readonly itemId: ItemId;
  /** Whether the imported data have a rating of it. */
  readonly isRated: boolean;
}

/** A genre with the number of its items. */
export interface GenreCount {
  readonly genre: string;
  readonly items: number;
}

/** An item with what is known of it beside its title. */
export interface ItemSummary extends CatalogueEntry {
  /** Users who clicked or rated it, whatever the rating, in the imported data or by feedback. */
  readonly clicks: number;
  /** Whether an answer may hold it. */
  readonly available: boolean;
  /** When it was first stored, in seconds since 1970; null where a home of an older version has it. */
  readonly addedAt: number | null;
}

/** The orders of a list. */
export const itemOrders = ['match', 'popular', 'newest', 'title'] as const;

/** Which items to list, and how. */
export interface ItemQuestion {
  /** What a reader typed: each item found has all of its words. Default: any item. */
  readonly query?: string | undefined;
  /** Default: `match` for a query, else `popular`. */
  readonly sort?: (typeof itemOrders)[number] | undefined;
  /** How many at most. */
  readonly n: number;
  /** How many to skip. Default: 0. */
  readonly offset?: number | undefined;
  /** Whether to list items that are not available too. Default: false. */
  readonly unavailable?: boolean | undefined;
}

/** All that is stored of the items at one version of the catalogue. */
export interface CatalogueState {
  /** A text that changes with every import and change of an item. */
  readonly version: string;
  readonly items: StoredItem[];
  /** The fields that items have, beside title, genres and year, in the order of their first appearance. */
  readonly fields: Field[];
}

/** Reads items. Each call sees one version of the data. */
export interface CatalogueReads {
  /** A text that changes with every import and change of an item, and when another database takes the place of this one. */
  catalogueVersion(): Promise<string>;

  /** Titles, genres and years, in the order of the ids; an unknown id gets none. */
  catalogue(itemIds: readonly string[]): Promise<CatalogueEntry[]>;

  /** All that is stored of a vocabulary's items, in one pass over all items; an unknown id gets nothing. */
  wholeCatalogue(itemIds: readonly string[]): Promise<CatalogueState>;

  /** The items that changed after a `catalogueVersion`; null where any may have. */
  catalogueChanges(since: string): Promise<CatalogueState | null>;

  /** All that is stored of some items, in the order of the ids; an unknown id gets nothing. */
  storedItems(itemIds: readonly string[]): Promise<StoredItem[]>;

  /** The fields that items have, beside title, genres and year, in the order of their first appearance. */
  itemFields(): Promise<Field[]>;

  /** An item of the import, of the shop or of feedback; null for any other, and for one that was removed. */
  item(itemId: string): Promise<ItemSummary | null>;

  /** Whether an item was removed from every answer. */
  isRemoved(itemId: string): Promise<boolean>;

  /** The items that answers may hold, those that were stored last first; ties in file order. */
  newestItems(): Promise<NewestItem[]>;

  /**
   * The items that a query finds, or all, in an order.
   *
   * A query finds the items whose title, or id where no title is stored, has a word that begins with each word of the
   * query. A word in a script without blanks may stand anywhere in the title. Case and diacritics do not matter.
   *
   * The best match is first: how well the words match, weighted by the number of users of the item. Other orders are
   * those of `sort`; titles are compared without the case of ASCII letters. Ties go to the item that came first. An
   * item that was removed is in no list.
   */
  listItems(question: ItemQuestion): Promise<ItemSummary[]>;

  /** Every genre, in code-point order. */
  genres(): Promise<readonly GenreCount[]>;
}
