import type { RequestHandler } from 'express';
import { sendProblem } from '../problem.js';
import type { Recommendations } from '../recommendations.js';

/** `GET /health/live`: the process answers. */
export const liveRoute: RequestHandler = (_request, response) => {
  response.json({ status: 'live' });
};

/** `GET /health/ready`: database and model answer, so requests may come; 503 otherwise. */
export function readyRoute(recommendations: Recommendations | null): RequestHandler {
  return async (request, response) => {
    if (recommendations === null) {
      sendProblem(response, 503, 'no run is active; train one or activate one, and start again');
      return;
    }
    try {
      await recommendations.check();
    } catch (error) {
      request.log.error({ err: error }, 'not ready');
      sendProblem(
        response,
        503,
        `database or model failed; the log knows more under ${request.id}`,
      );
      return;
    }
    response.json({ status: 'ready', modelVersion: recommendations.run.id });
  };
}
