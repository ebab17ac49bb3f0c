/** What changes the items of a store. */
import type { ItemRow } from '../files/items/item-row.js';
import type { ItemDescription } from '../items/item-description.js';
import type { ItemOutcome } from './items/item-change.js';
import type { ItemsOutcome } from './items/item-typing.js';

/** How many items a list of them created, changed and left as they were. */
export type ItemCounts = Readonly<Record<ItemOutcome, number>>;

/**
 * Writes and removes items. When a promise resolves, the change is durable.
 *
 * Every method throws BusyError when another process writes for longer than a second, HomeError when the store cannot be
 * written, and ArgumentError for a description that breaks a rule, or a field of another type than other items have.
 * Nothing is stored then.
 */
export interface CatalogueWriter {
  /** Writes an item whole. What the description leaves out gets its default. */
  put(itemId: string, description: ItemDescription): Promise<ItemOutcome>;

  /** Changes what the description names. Gives null, and stores nothing, for an item that is not stored. */
  patch(itemId: string, description: ItemDescription): Promise<ItemOutcome | null>;

  /**
   * Writes many items, all or none. While a long list is written, other requests are answered.
   *
   * @param options - `merge`: change only what each description names. Default: write each whole
   * @throws ArgumentError naming the item
   */
  write(
    items: ReadonlyMap<string, ItemDescription>,
    options?: { readonly merge?: boolean },
  ): Promise<ItemCounts>;

  /** Removes an item from every answer; its history stays. Gives false for one that is not stored. */
  delete(itemId: string): Promise<boolean>;
}

/**
 * One import of items, which touches no rating, as one transaction. `commit` or `rollback` ends it; if the process dies,
 * it is rolled back. Calls do not overlap.
 */
export interface CatalogueImport {
  add(rows: readonly ItemRow[]): Promise<void>;

  /**
   * Makes the items visible and durable.
   *
   * @param options - `availability`: the field that says whether an item is to be had; `isWhole`: the file is the whole
   *   catalogue, so every other item is removed
   */
  commit(options: {
    readonly availability?: string | undefined;
    readonly isWhole: boolean;
  }): Promise<ItemsOutcome & { readonly removed: number }>;

  /** Undoes the import. Does nothing after a commit. */
  rollback(): Promise<void>;
}
