/** Reads and fills the store of a home as a whole, and loads the database that it needs. */
import type { HomePlace } from '../place.js';
import type { CopyModule } from './copies.js';

/** The module of a place's database. */
export function copyModule({ store }: HomePlace): Promise<CopyModule> {
  return store === null ? import('../sqlite/copy.js') : import('../postgres/copy/copy.js');
}
