/** Guard against DNS rebinding: a server for this machine alone answers only to names of this machine. */

import { isIPv4 } from 'node:net';
import { ProblemError } from '../problem.js';
import { logOf } from '../request-log.js';
import type { Guard } from './guard.js';

/** Whether only this machine can reach a server that listens on this host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** What proxies add to a request that they pass on; browsers and other clients have no reason to send them. */
const proxyHeaders = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-proto'];

/**
 * A page of another origin can point its own domain name at this machine, and then read whatever a browser here may
 * read. The `Host` header gives such a page away. With keys or a trusted proxy any name is answered.
 *
 * @param isNeeded - whether the server is for this machine alone and needs no key
 */
export function localHost({ isNeeded }: { readonly isNeeded: boolean }): Guard {
  let hasWarned = false;
  return () => {
    if (!isNeeded) return null;
    return (request, _response, next) => {
      if (!hasWarned && proxyHeaders.some((name) => request.headers[name] !== undefined)) {
        hasWarned = true;
        logOf(request).warn(
          'a proxy sends requests, but the server was started without --trust-proxy: everybody behind the proxy may read and write',
        );
      }
      const name = (request.headers.host ?? '').replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1');
      if (!isLoopback(name.toLowerCase())) {
        throw new ProblemError(
          403,
          'this server answers to localhost alone; behind a proxy, start it with --trust-proxy or with keys',
          { code: 'E_HOST' },
        );
      }
      next();
    };
  };
}
