/** The HTTP interface as a router, to mount in an Express application of one's own. */

import { type RequestHandler, Router } from 'express';
import { UnavailableError } from '../errors.js';
import type { OpenServing, OpenServingOptions } from '../home/serving.js';
import { routes } from './app.js';
import type { AccessKeys } from './gate/access-keys.js';
import { Gatekeeper } from './gate/gatekeeper.js';
import { securityHeaders } from './gate/security-headers.js';
import { ServingMetrics } from './metrics.js';
import { errorProblem } from './problem.js';
import { createLogger, type LogLevel, logRequests } from './request-log.js';
import { mountRoutes } from './route.js';

/** A home that the router can serve; `Home` is one. */
export interface ServableHome {
  readonly folder: string;
  /** Opens the home's models; closing the home closes what this gave. */
  serving(options: OpenServingOptions): Promise<OpenServing>;
}

/** How a router serves a home. */
export interface ExpressRouterOptions extends Omit<OpenServingOptions, 'onBatch'> {
  /**
   * Whether to offer the routes that write too: feedback, deletion and activation. Anyone who reaches them may use
   * them, unless the application guards them or `keys` is given. Default: false.
   */
  readonly writes?: boolean;
  /** Keys that requests must carry. Default: none; access is the application's to control. */
  readonly keys?: AccessKeys | null;
  /** Memory for cached answers in megabytes; 0 for no cache. Default: 64. */
  readonly cacheMb?: number;
  /** What to log on stderr as JSON lines. Default: error. */
  readonly logLevel?: LogLevel;
}

/**
 * A router with the routes of `multvae serve`, except the explorer page.
 *
 *   app.use('/recs', await expressRouter(home));   // GET /recs/recommend/42
 *
 * It serves the active run, follows activations, and answers 503 after the home is closed. A path that is not its own
 * goes on to the application's next handler. Each model computes in a thread of its own unless `inThread` is false.
 *
 * @throws HomeError, RunError, BackendError or DependencyError when the home cannot be served
 */
export async function expressRouter(
  home: ServableHome,
  options: ExpressRouterOptions = {},
): Promise<Router> {
  const { writes = false, keys = null, cacheMb = 64, logLevel = 'error', ...opening } = options;
  const metrics = new ServingMetrics();
  const serving = await home.serving({
    inThread: true,
    ...opening,
    onBatch: (rows, durationMs) => metrics.batch(rows, durationMs),
  });
  metrics.watchLists(() => serving.shown.unstored);
  const { closed } = serving;
  const all = routes({ ...serving, home: home.folder, metrics, cacheMb });
  const offered = all.filter(({ scope }) => writes || scope !== 'write');
  // The application decides which hosts, proxies and rates it accepts.
  const gatekeeper = new Gatekeeper(
    { keys, isLoopback: false, trustProxy: false, requestsPerMinute: 0, redis: null },
    metrics,
  );
  const logged = logRequests(createLogger(logLevel));
  const whileOpen: RequestHandler = (_request, _response, next) => {
    if (closed.aborted) throw new UnavailableError('the home is closed');
    next();
  };

  // A path of another case or with a slash at its end is none of ours, so a proxy's rules for paths hold.
  const router = Router({ caseSensitive: true, strict: true });
  // Each route has these itself: other requests pass through the router and are the application's.
  mountRoutes(router, offered, (route) => [
    logged,
    securityHeaders,
    whileOpen,
    ...gatekeeper.of(route),
  ]);
  router.use(errorProblem(home.folder));
  return router;
}
