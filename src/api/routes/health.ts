/** Health checks: whether the process lives, and whether it can answer. */

import { z } from 'zod';
import { HomeError, UnavailableError } from '../../errors.js';
import type { RecommendationsOf } from '../../serving/recommendations.js';
import type { ServedModels } from '../../serving/served-models.js';
import { ProblemError } from '../problem.js';
import { type Route, route } from '../route.js';
import { modelVersion, problems } from '../schemas/replies.js';

export function healthRoutes(models: ServedModels, recommendationsOf: RecommendationsOf): Route[] {
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
          body: z.strictObject({ status: z.literal('ready'), modelVersion }),
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
          return { body: { status: 'ready', modelVersion: model.run.id } };
        }),
    }),
  ];
}
