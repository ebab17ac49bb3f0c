/** Guard that limits how many requests a client may send in a minute. */

import { rateLimit, type Store } from 'express-rate-limit';
import { ProblemError } from '../problem.js';
import { clientName } from './client-address.js';
import type { Guard } from './guard.js';

/**
 * A client is the holder of a key, or an address without one (`clientName`). All routes count together.
 *
 * @param requestsPerMinute - 0 for no limit
 * @param counts - where requests are counted; null for this process alone
 */
export function limitRate(requestsPerMinute: number, counts: Store | null): Guard {
  if (requestsPerMinute === 0) return () => null;
  const limiter = rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    ...(counts !== null && { store: counts }),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: ({ multvae: { client }, ip }) =>
      client === null ? clientName(ip) : `key ${client.name}`,
    handler: (_request, _response, next) => {
      const detail = `more than ${requestsPerMinute} requests in a minute; Retry-After says when to go on`;
      next(new ProblemError(429, detail, { code: 'E_RATE' }));
    },
  });
  return () => limiter;
}
