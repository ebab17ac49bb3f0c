/** Guard against cross-site request forgery: a page of another origin may not write. */

import type { Request } from 'express';
import { ProblemError } from '../problem.js';
import type { Guard } from './guard.js';

export const sameOrigin: Guard = ({ scope }) => {
  if (scope !== 'write') return null;
  return (request, _response, next) => {
    if (isForeign(request)) {
      throw new ProblemError(403, 'a page of another origin may not write here', {
        code: 'E_ORIGIN',
      });
    }
    next();
  };
};

/** Browsers say where a request comes from; other clients send neither header. */
function isForeign(request: Request): boolean {
  const site = request.get('Sec-Fetch-Site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = request.get('Origin');
  return origin !== undefined && hostOf(origin) !== request.host;
}

/** Null for an origin without a host, such as `null`. */
function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host;
  } catch {
    return null;
  }
}
