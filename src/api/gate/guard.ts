/** The type that every guard of a route has. */

import type { RequestHandler } from 'express';
import type { Route } from '../route.js';

/**
 * Makes the check that a route's requests pass before their body is read, or null where the route needs none.
 * A check that refuses throws a ProblemError, or passes it on.
 */
export type Guard = (route: Pick<Route, 'path' | 'scope' | 'isLong'>) => RequestHandler | null;
