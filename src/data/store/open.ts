/** Opens the store of a home, and loads the database that it needs. */
import type { CopyModule } from './copy/copies.js';
import type { HomePlace } from './place.js';
import type { OpenStoreOptions, Store, StoreModule } from './store.js';

/**
 * Opens the store of a home.
 *
 * @throws HomeError when there is none, or it is foreign, newer than this version, or damaged
 * @throws StorageError when it cannot be reached
 * @throws DependencyError when the package of its database is absent or does not load
 */
export async function openStore(place: HomePlace, options: OpenStoreOptions = {}): Promise<Store> {
  const { open } = place.store === null ? await sqlite() : await postgres();
  return open(place, options);
}

const sqlite = (): Promise<StoreModule> => import('./sqlite/open.js');
const postgres = (): Promise<StoreModule> => import('./postgres/open.js');

/** What reads or fills the store of a home as a whole. @throws DependencyError as `openStore` */
export function copyModule({ store }: HomePlace): Promise<CopyModule> {
  return store === null ? import('./sqlite/copy.js') : import('./postgres/copy/copy.js');
}
