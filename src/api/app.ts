import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { explorerPage } from './explorer-page.js';
import { errorProblem, unknownPath } from './problem.js';
import type { Recommendations } from './recommendations.js';
import { requestLog } from './request-log.js';
import { mountRoutes, type Route } from './route.js';
import { healthRoutes } from './routes/health.js';
import { recommendRoutes } from './routes/recommend.js';

/** What the HTTP interface stands on. */
export interface AppDependencies {
  /** null where no run is active: only the health of the process is served then. */
  readonly recommendations: Recommendations | null;
  readonly logger: Logger;
}

/** Every route of the HTTP interface, in the order in which they are matched. */
export function routes({ recommendations }: Omit<AppDependencies, 'logger'>): Route[] {
  return [...recommendRoutes(recommendations), ...healthRoutes(recommendations)];
}

/** The HTTP interface as an Express application; `listen` in server.ts gives it an address. */
export function createApp(dependencies: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(requestLog(dependencies.logger));
  mountRoutes(app, routes(dependencies));
  app.use(explorerPage());
  app.use(unknownPath);
  app.use(errorProblem);
  return app;
}
