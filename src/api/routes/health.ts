import { z } from 'zod';
import { ProblemError } from '../problem.js';
import type { Recommendations } from '../recommendations.js';
import { type Route, route } from '../route.js';

/** Whether the process lives, and whether it can answer. */
export function healthRoutes(recommendations: Recommendations | null): Route[] {
  return [
    route({
      ...{ method: 'get', path: '/health/live', scope: 'public' },
      summary: 'Whether the process answers',
      responses: {
        200: { description: 'it does', body: z.strictObject({ status: z.literal('live') }) },
      },
      handle: () => ({ body: { status: 'live' } }),
    }),
    route({
      ...{ method: 'get', path: '/health/ready', scope: 'public' },
      summary: 'Whether database and model answer, so that requests may come',
      responses: {
        200: {
          description: 'they do',
          body: z.strictObject({ status: z.literal('ready'), modelVersion: z.string() }),
        },
        503: { description: 'they do not, or no run is active' },
      },
      handle: async ({ log, id }) => {
        if (recommendations === null) throw noRun();
        try {
          await recommendations.check();
        } catch (error) {
          log.error({ err: error }, 'not ready');
          throw new ProblemError(503, `database or model failed; the log knows more under ${id}`);
        }
        return { body: { status: 'ready', modelVersion: recommendations.run.id } };
      },
    }),
  ];
}

/** 503: there is nothing to answer from. */
export function noRun(): ProblemError {
  return new ProblemError(503, 'no run is active; train one or activate one, and start again');
}
