/** Guard that refuses nothing: it reports every answer of a route to the metrics. */

import type { ServingMetrics } from '../metrics.js';
import type { Guard } from './guard.js';

export function measure(metrics: ServingMetrics): Guard {
  return ({ path }) =>
    (request, response, next) => {
      const begin = performance.now();
      response.once('close', () => {
        const seconds = (performance.now() - begin) / 1000;
        metrics.request(request.method, path, response.statusCode, seconds);
        const source = request.multvae.logged?.source;
        if (typeof source === 'string') metrics.recommended(source);
      });
      next();
    };
}
