/** Security headers for every answer, refusals included. */

import helmet from 'helmet';

/** Helmet's headers, with a policy that lets pages load nothing from elsewhere. */
export const securityHeaders = helmet({
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
