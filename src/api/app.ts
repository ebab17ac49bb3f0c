import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { errorProblem, onlyMethods, unknownPath } from './problem.js';
import type { Recommendations } from './recommendations.js';
import { requestLog } from './request-log.js';
import { liveRoute, readyRoute } from './routes/health.js';
import { recommendRoute } from './routes/recommend.js';

/** What the HTTP interface stands on. */
export interface AppDependencies {
  /** null where no run is active: only the health of the process is served then. */
  readonly recommendations: Recommendations | null;
  readonly logger: Logger;
}

/** The HTTP interface as an Express application; `listen` in server.ts gives it an address. */
export function createApp({ recommendations, logger }: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(requestLog(logger));
  const reading = onlyMethods('GET', 'HEAD');
  app.route('/recommend/:userId').get(recommendRoute(recommendations)).all(reading);
  app.route('/health/live').get(liveRoute).all(reading);
  app.route('/health/ready').get(readyRoute(recommendations)).all(reading);
  app.use(unknownPath);
  app.use(errorProblem);
  return app;
}
