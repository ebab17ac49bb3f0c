/** Puts the HTTP interface together: its routes, and the Express application that serves them. */

import express, { type Express } from 'express';
import type { Logger } from 'pino';
import type { ReportMaker } from '../home/reports/report-maker.js';
import type { Evaluations, Runs } from '../runs/shared/runs.js';
import { AnswerCache } from '../serving/answer-cache.js';
import { withoutHome } from '../serving/home-paths.js';
import { ItemMaps } from '../serving/item-map.js';
import { LiveKeeper } from '../serving/lists/live-keeper.js';
import type { ShownList, ShownLists } from '../serving/lists/shown-lists.js';
import { recommendationsPerModel } from '../serving/model-recommendations.js';
import type { RatingsSource } from '../serving/recommendations.js';
import { RuleBook, type RuleSource } from '../serving/rules/rule-book.js';
import type { RuleKeeper } from '../serving/rules/rule-keeper.js';
import { RunCatalogue } from '../serving/run-catalogue.js';
import type { ServedModels } from '../serving/served-models.js';
import { FollowedSettings, type SettingsSource } from '../serving/settings/settings.js';
import type { DataOrigin } from '../serving/swap/other-data.js';
import { servingRemarks } from '../serving/swap/remarks.js';
import { Gatekeeper, openGate } from './gate/gatekeeper.js';
import { plainRequest } from './gate/plain-request.js';
import { securityHeaders } from './gate/security-headers.js';
import { ServingMetrics } from './metrics.js';
import { explorerPage } from './pages/explorer-page.js';
import { errorProblem, unknownPath } from './problem.js';
import { logRequests } from './request-log.js';
import { mountRoutes, type Route } from './route.js';
import { documentationRoutes } from './routes/documentation.js';
import {
  type FeedbackDependencies,
  type FeedbackStore,
  feedbackRoutes,
} from './routes/feedback.js';
import { healthRoutes } from './routes/health.js';
import { homeRoutes } from './routes/home.js';
import { type ItemStore, itemWriteRoutes } from './routes/item-writes.js';
import { type ItemSource, itemRoutes } from './routes/items.js';
import { liveRoutes } from './routes/live.js';
import { metricsRoutes } from './routes/metrics.js';
import { modelRoutes } from './routes/models.js';
import { nightRoutes } from './routes/nights.js';
import { recommendRoutes } from './routes/recommend.js';
import { reportRoutes } from './routes/reports.js';
import { ruleRoutes } from './routes/rules.js';
import { runLabelRoutes } from './routes/run-labels.js';
import { type ProfilesSource, userRoutes } from './routes/users.js';
import { verdictRoutes } from './routes/verdicts.js';

/** What the HTTP interface needs. */
export interface AppDependencies {
  readonly models: ServedModels;
  readonly store: RatingsSource &
    ItemSource &
    ProfilesSource &
    RuleSource &
    SettingsSource &
    DataOrigin &
    FeedbackDependencies['store'];
  readonly runs: Pick<Runs, 'list' | 'describe' | 'stamp' | 'requirePublished'>;
  readonly evaluations: Pick<Evaluations, 'measurement' | 'page' | 'map' | 'keepMap'>;
  readonly logger: Logger;
  /** The home folder; no answer names its place. */
  readonly home: string;
  /** Where feedback goes. Default: none; the routes that store and delete are then missing. */
  readonly feedback?: FeedbackStore;
  /** Where items go. Default: none; the routes that write and remove items are then missing. */
  readonly items?: ItemStore;
  /** Changes rules. Default: nothing does; the routes that change them are then missing. */
  readonly rules?: RuleKeeper;
  /** Counts the lists that are shown. Default: nothing does, and `GET /live` is missing. */
  readonly shown?: ShownLists;
  /** Makes reports. Default: nothing does; the routes that make them are then missing. */
  readonly reports?: Pick<ReportMaker, 'state' | 'start'>;
  /** Who may call. Default: everybody on this machine, and nobody else. */
  readonly gatekeeper?: Gatekeeper;
  readonly metrics?: ServingMetrics;
  /** Memory for cached answers in megabytes. Default: 0, no cache. */
  readonly cacheMb?: number;
}

/** Every route of the HTTP interface, in the order in which they are matched. */
export function routes(dependencies: Omit<AppDependencies, 'logger'>): Route[] {
  const { models, store, runs, evaluations, home, feedback, items, shown } = dependencies;
  const metrics = dependencies.metrics ?? new ServingMetrics();
  const book = new RuleBook(store);
  const settings = new FollowedSettings(store);
  const counted = (list: ShownList) => {
    shown?.shown(list);
    metrics.shown(list.run, list.arm);
  };
  const catalogue = new RunCatalogue(store, runs, evaluations, home);
  const recommendationsOf = recommendationsPerModel(store, book);
  const cacheMb = dependencies.cacheMb ?? 0;
  const cache = cacheMb === 0 ? null : new AnswerCache(cacheMb, (result) => metrics.cache(result));
  const knowsItem = (itemId: string) => {
    const model = models.active();
    return model !== null && recommendationsOf(model).vocabulary.indexOf(itemId) !== undefined;
  };
  const remarks = async () =>
    (await servingRemarks(models, store)).map((text) => withoutHome(text, home));
  const all: Route[] = [
    ...recommendRoutes(models, recommendationsOf, { cache, counted }),
    ...itemRoutes(store, models, recommendationsOf, knowsItem),
    ...(items ? itemWriteRoutes({ items, store, knowsItem, metrics }) : []),
    ...homeRoutes(store, settings),
    ...(shown ? liveRoutes(new LiveKeeper(settings, shown)) : []),
    ...nightRoutes(store, home),
    ...ruleRoutes(book, dependencies.rules),
    ...userRoutes(store, models, recommendationsOf),
    ...verdictRoutes({ store, runs, evaluations }),
    ...modelRoutes(catalogue, models, recommendationsOf, new ItemMaps(evaluations)),
    ...reportRoutes(catalogue, dependencies.reports, home),
    ...runLabelRoutes(catalogue),
    ...(feedback ? feedbackRoutes({ feedback, store, settings, knowsItem, metrics }) : []),
    ...healthRoutes(models, recommendationsOf, remarks),
    ...metricsRoutes(metrics),
    ...documentationRoutes(() => all),
  ];
  return all;
}

/**
 * The whole HTTP interface with the explorer page, as an Express application.
 *
 * `listen` in server.ts gives it an address.
 */
export function createApp(dependencies: AppDependencies): Express {
  const metrics = dependencies.metrics ?? new ServingMetrics();
  const gatekeeper = dependencies.gatekeeper ?? new Gatekeeper(openGate, metrics);
  const app = express();
  app.disable('x-powered-by');
  // Responses rarely repeat, so computing ETags is wasted work.
  app.disable('etag');
  app.set('trust proxy', gatekeeper.trusts);
  // A proxy's rules for paths know one form of each path.
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(logRequests(dependencies.logger));
  app.use(securityHeaders);
  app.use(plainRequest);
  mountRoutes(app, routes({ ...dependencies, metrics }), (route) => gatekeeper.of(route));
  const settings = new FollowedSettings(dependencies.store);
  app.use(explorerPage(async () => (await settings.current()).imageHosts ?? []));
  app.use(unknownPath);
  app.use(errorProblem(dependencies.home));
  return app;
}
