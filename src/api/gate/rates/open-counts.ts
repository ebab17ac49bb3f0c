/** Chooses where the requests of a client are counted: in this process, with other processes, or with other machines. */

import type { ServingMetrics } from '../../metrics.js';
import type { GateOptions } from '../gatekeeper.js';
import { redisCounts } from './redis-counts.js';
import { SharedCounts } from './shared-counts.js';
import { workerCounts } from './worker-counts.js';

/** What counts need of the process that keeps them. */
export interface CountsPlace {
  /** Whether this process is one of several that share the port. */
  readonly isOneOfSeveral: boolean;
  readonly metrics: ServingMetrics;
  readonly onRemark: (text: string) => void;
}

/**
 * The counts that a rate limit shares with other processes.
 *
 * @returns null where this process counts alone
 * @throws DependencyError where Redis needs packages that are not installed
 */
export function openCounts(
  { requestsPerMinute, redis, countPatienceMs }: GateOptions,
  { isOneOfSeveral, metrics, onRemark }: CountsPlace,
): SharedCounts | null {
  if (requestsPerMinute === 0 || (redis === null && !isOneOfSeveral)) return null;
  const source = redis === null ? workerCounts() : redisCounts(redis);
  const counts: SharedCounts = new SharedCounts(source, {
    onRemark,
    onOwnCount: metrics.watchRates(() => counts.isShared),
    ...(countPatienceMs !== undefined && { patienceMs: countPatienceMs }),
  });
  return counts;
}
