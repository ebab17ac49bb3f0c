/** Security headers for every answer, refusals included. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** Helmet's headers, with a policy that lets pages load nothing from elsewhere. */
const helmetHeaders = helmet({
  // Only the proxy knows whether there is TLS.
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      objectSrc: ["'none'"],
    },
  },
});

/**
 * Sets Helmet's headers. Answers are personal, so no proxy and no browser may keep one; the page and its files say
 * otherwise themselves.
 */
export function securityHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  response.setHeader('Cache-Control', 'no-store');
  helmetHeaders(request, response, next);
}
