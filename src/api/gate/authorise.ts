/** Guard that checks whether the request's key may do what the route does. */

import { ProblemError } from '../problem.js';
import type { AccessKeys } from './access-keys.js';
import type { Guard } from './guard.js';
import { bearerKey } from './identify.js';

/** @param keys - null lets everybody do everything */
export function authorise(keys: AccessKeys | null): Guard {
  return ({ scope }) => {
    if (keys === null) return null;
    return (request, _response, next) => {
      const { client } = request.multvae;
      if (client === null) {
        const problem = bearerKey(request) === null ? 'a key is needed' : 'the key is unknown';
        throw new ProblemError(401, `${problem}; send it as \`Authorization: Bearer KEY\``, {
          code: 'E_KEY',
          headers: { 'WWW-Authenticate': 'Bearer realm="multvae"' },
        });
      }
      if (scope === 'write' && client.scope === 'read') {
        throw new ProblemError(403, 'this key may read, but not write; send one that may write', {
          code: 'E_SCOPE',
        });
      }
      next();
    };
  };
}
