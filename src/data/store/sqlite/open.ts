/** The store of a home in SQLite: `multvae.db` in the home folder. */
import type { HomePlace } from '../place.js';
import type { OpenStoreOptions, Store } from '../store.js';
import { SqliteStore } from './sqlite-store.js';

/** Opens the database of a home folder. @throws HomeError and DependencyError as `openStore` */
export async function open(place: HomePlace, options: OpenStoreOptions): Promise<Store> {
  return new SqliteStore(place, options);
}
