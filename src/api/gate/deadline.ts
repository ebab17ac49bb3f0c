/** Guard that answers 503 when a route takes too long, and 408 when the request's body does. */

import { ProblemError } from '../problem.js';
import { logOf } from '../request-log.js';
import { lateRequest } from '../unreadable-request.js';
import type { Guard } from './guard.js';

/** The time that an answer may take; `long` is for routes that load a model, or compute over all users or items. */
const timeoutMs = { usual: 5_000, long: 300_000 } as const;

/** How often overdue requests are swept: one timer costs less than one a request. */
const sweepMs = 250;

interface PendingRequest {
  readonly since: number;
  readonly timeoutMs: number;
  giveUp(): void;
}

export function deadline(): Guard {
  const pending = new Set<PendingRequest>();
  let sweeper: NodeJS.Timeout | null = null;

  function sweep(): void {
    const now = performance.now();
    for (const request of pending) {
      if (now - request.since < request.timeoutMs) continue;
      pending.delete(request);
      request.giveUp();
    }
    if (pending.size > 0 || sweeper === null) return;
    clearInterval(sweeper);
    sweeper = null;
  }

  return ({ isLong }) => {
    const limitMs = isLong ? timeoutMs.long : timeoutMs.usual;
    return (request, response, next) => {
      const giveUp = () => {
        if (response.headersSent) return;
        logOf(request).warn({ timeoutMs: limitMs }, 'gave up');
        // The client is late then, not the server.
        if (!request.complete) {
          const { status, detail } = lateRequest;
          next(new ProblemError(status, detail, { headers: { Connection: 'close' } }));
          return;
        }
        next(
          new ProblemError(503, `there was no answer within ${limitMs / 1000} s`, {
            code: 'E_TIMEOUT',
            headers: { 'Retry-After': '1' },
          }),
        );
      };
      const own = { since: performance.now(), timeoutMs: limitMs, giveUp };
      pending.add(own);
      response.once('close', () => pending.delete(own));
      sweeper ??= setInterval(sweep, sweepMs).unref();
      next();
    };
  };
}
