/** The store of a home in PostgreSQL. */
import type { HomePlace } from '../place.js';
import type { OpenStoreOptions, Store } from '../store.js';
import { addressOf } from './address.js';
import { Connection } from './connection.js';
import { PostgresStore } from './postgres-store.js';
import { openSchema } from './schema.js';

/** Opens the schema that a URL names. @throws HomeError, StorageError and DependencyError as `openStore` */
export async function open(place: HomePlace, options: OpenStoreOptions): Promise<Store> {
  const connection = new Connection(addressOf(place.store!));
  try {
    const born = await openSchema(connection, options);
    return new PostgresStore(place, connection, born);
  } catch (error) {
    await connection.close();
    throw error;
  }
}
