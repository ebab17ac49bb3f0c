/** The items of a home, for a program: its store is opened with the first write. */

import type { ItemDescription } from '../../data/items/item-description.js';
import type { CatalogueWriter, ItemCounts } from '../../data/store/item-writes.js';
import type { ItemOutcome } from '../../data/store/items/item-change.js';
import { openStore } from '../../data/store/open.js';
import type { HomePlace } from '../../data/store/place.js';
import type { Store } from '../../data/store/store.js';
import { HomeError } from '../../errors.js';

/** Writes and removes items of a home. */
export class HomeItems implements CatalogueWriter {
  readonly #place: HomePlace;
  #store: Promise<Store> | null = null;
  #isClosed = false;

  constructor(place: HomePlace) {
    this.#place = place;
  }

  async put(itemId: string, description: ItemDescription): Promise<ItemOutcome> {
    return (await this.#items()).put(itemId, description);
  }

  async patch(itemId: string, description: ItemDescription): Promise<ItemOutcome | null> {
    return (await this.#items()).patch(itemId, description);
  }

  async write(
    items: ReadonlyMap<string, ItemDescription>,
    options?: { readonly merge?: boolean },
  ): Promise<ItemCounts> {
    return (await this.#items()).write(items, options);
  }

  async delete(itemId: string): Promise<boolean> {
    return (await this.#items()).delete(itemId);
  }

  /** Commits the waiting writes, gives up a long list, and closes the store. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const store = this.#store;
    this.#store = null;
    if (store === null) return;
    const [opened] = await Promise.allSettled([store]);
    if (opened.status === 'fulfilled') await opened.value.close();
  }

  async #items(): Promise<CatalogueWriter> {
    if (this.#isClosed) throw new HomeError(`the home ${this.#place.folder} is closed`);
    if (this.#store === null) {
      const store = openStore(this.#place);
      this.#store = store;
      store.catch(() => {
        if (this.#store === store) this.#store = null;
      });
    }
    return (await this.#store).items;
  }
}
