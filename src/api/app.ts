import express, { type Express } from 'express';
import type { Logger } from 'pino';
import type { EvaluationStore } from '../runs/evaluations.js';
import type { RunStore } from '../runs/store.js';
import { explorerPage } from './explorer-page.js';
import { errorProblem, unknownPath } from './problem.js';
import { type RatingsSource, recommendationsPerModel } from './recommendations.js';
import { requestLog } from './request-log.js';
import { mountRoutes, type Route } from './route.js';
import { documentationRoutes } from './routes/documentation.js';
import { healthRoutes } from './routes/health.js';
import { type ItemSource, itemRoutes } from './routes/items.js';
import { modelRoutes } from './routes/models.js';
import { recommendRoutes } from './routes/recommend.js';
import { type ProfilesSource, userRoutes } from './routes/users.js';
import { RunCatalogue } from './run-catalogue.js';
import type { ServedModels } from './served-models.js';

/** What the HTTP interface stands on. */
export interface AppDependencies {
  readonly models: ServedModels;
  readonly database: RatingsSource & ItemSource & ProfilesSource;
  readonly runs: Pick<RunStore, 'list' | 'describe'>;
  readonly evaluations: Pick<EvaluationStore, 'measurement' | 'page'>;
  readonly logger: Logger;
  /** The home folder, which no answer names. */
  readonly home: string;
}

/** Every route of the HTTP interface, in the order in which they are matched. */
export function routes(dependencies: Omit<AppDependencies, 'logger'>): Route[] {
  const { models, database, runs, evaluations, home } = dependencies;
  const recommendationsOf = recommendationsPerModel(database);
  const all: Route[] = [
    ...recommendRoutes(models, recommendationsOf),
    ...itemRoutes(database, models, recommendationsOf),
    ...userRoutes(database, models, recommendationsOf),
    ...modelRoutes(new RunCatalogue(runs, evaluations, home), models, recommendationsOf),
    ...healthRoutes(models, recommendationsOf),
    ...documentationRoutes(() => all),
  ];
  return all;
}

/** The HTTP interface as an Express application; `listen` in server.ts gives it an address. */
export function createApp(dependencies: AppDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(requestLog(dependencies.logger));
  mountRoutes(app, routes(dependencies));
  app.use(explorerPage());
  app.use(unknownPath);
  app.use(errorProblem(dependencies.home));
  return app;
}
