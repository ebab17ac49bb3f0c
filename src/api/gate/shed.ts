/** Answers 503 to a request that is too much, as cheaply as it can: an overloaded server has no time. */

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { ServingMetrics } from '../metrics.js';
import { idHeader, requestId } from '../request-log.js';
import type { ShedReason } from './overload.js';
import { securityHeaders } from './security-headers.js';

/** Answers a request that is not admitted. */
export type Shed = (request: IncomingMessage, response: ServerResponse, reason: ShedReason) => void;

const body = JSON.stringify({
  type: 'about:blank',
  title: STATUS_CODES[503],
  status: 503,
  detail: 'the server is too busy; try again in a second',
  code: 'E_OVERLOAD',
});

/** The metrics' name for the route of a request that is refused before it is routed. */
const noRoute = 'none';

export function shedding(metrics: ServingMetrics): Shed {
  return (request, response, reason) => {
    const begin = performance.now();
    securityHeaders(request, response, () => {
      response.writeHead(503, {
        'Content-Type': 'application/problem+json; charset=utf-8',
        'Content-Length': body.length,
        'Retry-After': '1',
        [idHeader]: requestId(request),
      });
      response.end(body);
    });
    metrics.shed(reason);
    const seconds = (performance.now() - begin) / 1000;
    metrics.request(request.method ?? '', noRoute, 503, seconds);
  };
}
