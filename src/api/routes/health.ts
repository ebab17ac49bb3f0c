/** Health checks: whether the process lives, and whether it can answer. */

import { z } from 'zod';
import { HomeError, UnavailableError } from '../../errors.js';
import type { RecommendationsOf } from '../../serving/model-recommendations.js';
import type { ServedModels } from '../../serving/served-models.js';
import { ProblemError } from '../problem.js';
import { type Route, route } from '../route.js';
import { modelVersion, problems } from '../schemas/replies.js';

/** @param remarks - what an operator should know of the served model */
export function healthRoutes(
  models: ServedModels,
  recommendationsOf: RecommendationsOf,
  remarks: () => Promise<readonly string[]>,
): Route[] {
  return [
    route({
      method: 'get',
      path: '/health/live',
      scope: 'public',
      summary: 'Whether the process answers',
      responses: {
        200: { description: 'it does', body: z.strictObject({ status: z.literal('live') }) },
      },
      handle: () => ({ body: { status: 'live' } }),
    }),
    route({
      method: 'get',
      path: '/health/ready',
      scope: 'public',
      summary: 'Whether database and model answer, so that the process can take requests',
      responses: {
        200: {
          description: 'they do',
          body: z.strictObject({
            status: z.literal('ready'),
            modelVersion,
            remarks: z
              .array(z.string())
              .optional()
              .describe(
                'what an operator should know, such as why another run is served than the active one',
              ),
          }),
        },
        503: problems.noModel,
      },
      handle: ({ log, id }) =>
        models.withModel(undefined, async (model) => {
          try {
            await recommendationsOf(model).check();
          } catch (error) {
            if (error instanceof UnavailableError || error instanceof HomeError) throw error;
            log.error({ err: error }, 'not ready');
            throw new ProblemError(503, `database or model failed; the log knows more under ${id}`);
          }
          const known = await remarks();
          const ready = { status: 'ready', modelVersion: model.run.id };
          return { body: known.length === 0 ? ready : { ...ready, remarks: known } };
        }),
    }),
  ];
}
