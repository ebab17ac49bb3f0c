/** The searches of a PostgreSQL. */

import { createHash, randomUUID } from 'node:crypto';
import type {
  SearchMembership,
  SearchStatus,
  SearchWorker,
  SharedSearch,
  SharedSearches,
} from '../../shared-searches.js';
import type { Connection } from '../connection.js';
import { PostgresSearch } from './membership.js';
import { joinSearch, openSearch } from './statements.js';
import { readStatus } from './status.js';

/** Searches in a schema of a database. */
export class PostgresSearches implements SharedSearches {
  readonly #database: Connection;

  readonly #url: string;

  /** @param url - of the same store, for the threads that keep leases; it has the password */
  constructor(database: Connection, url: string) {
    this.#database = database;
    this.#url = url;
  }

  async join(
    settings: string,
    worker: SearchWorker,
    membership: SearchMembership = {},
  ): Promise<SharedSearch> {
    const database = this.#database;
    const hash = createHash('sha256').update(settings).digest('hex');
    const [opened] = await database.read<{ search: number; is_new: boolean }>(openSearch, [
      settings,
      hash,
      worker.trials,
    ]);
    const { search, is_new: isNew } = opened!;
    const id = randomUUID();
    const { host, pid, instructionSet, threads, version, leaseS } = worker;
    const values = [id, search, host, pid, instructionSet, threads, version, leaseS];
    await database.read(joinSearch, values);
    const part = new PostgresSearch({
      ...membership,
      database,
      url: this.#url,
      search,
      isNew,
      id,
      worker,
    });
    await part.ready();
    return part;
  }

  status(): Promise<SearchStatus[]> {
    return readStatus(this.#database);
  }
}
