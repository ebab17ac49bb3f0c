/** Guard that refuses nothing: it finds out whose key a request carries. */

import type { Request } from 'express';
import type { AccessKeys } from './access-keys.js';
import type { Guard } from './guard.js';

/**
 * Notes the client in `request.multvae`. It stands before the rate limit, which counts by client; so guesses at keys
 * are limited too, before `authorise` refuses them.
 */
export function identify(keys: AccessKeys | null): Guard {
  return () => {
    if (keys === null) return null;
    return (request, _response, next) => {
      const key = bearerKey(request);
      if (key !== null) request.multvae.client = keys.find(key);
      next();
    };
  };
}

/** The key in `Authorization: Bearer KEY`; null where there is none. */
export function bearerKey(request: Request): string | null {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '');
  return bearer?.[1] ?? null;
}
