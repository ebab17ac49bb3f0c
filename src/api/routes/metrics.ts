/** `GET /metrics`, for Prometheus. */

import type { ServingMetrics } from '../metrics.js';
import { type Route, route } from '../route.js';

export function metricsRoutes(metrics: ServingMetrics): Route[] {
  return [
    route({
      method: 'get',
      path: '/metrics',
      scope: 'read',
      summary: 'Counters and histograms for Prometheus',
      responses: {
        200: { description: 'the text format', type: metrics.registry.contentType },
        503: {
          description: 'one of several processes does not report, so the sums would be wrong',
        },
      },
      handle: async () => ({
        body: await metrics.gather(),
        type: metrics.registry.contentType,
      }),
    }),
  ];
}
