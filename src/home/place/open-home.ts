/** Opens a home for a program. */

import { openStore } from '../../data/store/open.js';
import { homePlace } from '../../data/store/place.js';
import { Home } from '../home.js';
import type { OpenHomeOptions } from '../home-options.js';

/**
 * Opens a home: a folder with one data set and its runs.
 *
 * @throws HomeError when there is no home, it is damaged, or it is of a newer version
 * @throws ArgumentError for a store that is no URL of a PostgreSQL database, StorageError when it cannot be reached
 */
export async function openHome(folder: string, options: OpenHomeOptions = {}): Promise<Home> {
  const place = homePlace(folder, options.store);
  const store = await openStore(place, { create: options.create ?? false });
  await store.close();
  return new Home(place);
}
