/** Counts of requests that the serving processes of one machine share: their supervisor keeps them. */

import {
  ClusterMemoryStorePrimary,
  ClusterMemoryStoreWorker,
} from '@express-rate-limit/cluster-memory-store';
import type { CountSource } from './shared-counts.js';

/** In the supervisor, before it starts a process: keeps the counts of all. */
export function keepWorkerCounts(): void {
  new ClusterMemoryStorePrimary().init();
}

/** In a serving process: the counts that the supervisor keeps. */
export function workerCounts(): CountSource {
  const store = new ClusterMemoryStoreWorker({ prefix: 'multvae' });
  return {
    name: 'the supervisor',
    init: (options) => void store.init(options),
    check: async () => undefined,
    increment: (key) => store.increment(key),
    reset: () => undefined,
    close: () => undefined,
  };
}
