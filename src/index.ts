/** The public surface of the package; nothing inside imports it. */

export { type AppDependencies, createApp, routes } from './api/app.js';
export {
  type ExpressRouterOptions,
  expressRouter,
  type ServableHome,
} from './api/express-router.js';
export { type AccessKey, AccessKeys } from './api/gate/access-keys.js';
export { Gatekeeper, type GateOptions, openGate } from './api/gate/gatekeeper.js';
export { isLoopback } from './api/gate/local-host.js';
export { ServingMetrics } from './api/metrics.js';
export { type OpenApi, openApi } from './api/pages/openapi.js';
export { createLogger, type LogLevel } from './api/request-log.js';
export type { Reply, Route, RouteRequest, Scope } from './api/route.js';
export { listen, type RunningServer } from './api/server.js';
export { type BackendName, backendNames, type Engine } from './backend/engine.js';
export { type TopN, topN } from './backend/operations/top-n.js';
export { type BackendReport, openEngine, surveyBackends } from './backend/select.js';
export {
  type EaseConfig,
  type EnsembleConfig,
  type EnsembleMember,
  type ItemKnnConfig,
  type Likelihood,
  type ModelConfig,
  type ModelName,
  type MultDaeConfig,
  type MultVaeConfig,
  modelNames,
  type NetworkConfig,
  type PopularityConfig,
  type RecVaeConfig,
} from './config/models.js';
export { parseConfig } from './config/parse.js';
export { type Protocol, paperProtocol } from './config/protocol.js';
export { ClickMatrix } from './data/click-matrix.js';
export type { FeedbackEvent, FeedbackStatus } from './data/feedback.js';
export type { ItemId, UserId } from './data/ids.js';
export {
  type ImportOptions,
  type ImportProgress,
  type ImportSummary,
  importRatings,
} from './data/import.js';
export {
  type ReferenceFileName,
  referenceFiles,
  verifyReferenceFiles,
  writeReferenceFiles,
} from './data/split/reference-files.js';
export {
  defaultHeldoutUsers,
  type HeldOutUsers,
  type LabelledClicks,
  type Split,
  strongGeneralization,
  wholeProfiles,
} from './data/split/users.js';
export { FeedbackWriter } from './data/store/sqlite/feedback-writer.js';
export {
  type CatalogueEntry,
  type DatasetSummary,
  RatingsDatabase,
  type UserRating,
} from './data/store/sqlite/ratings-database.js';
export { SearchJournal } from './data/store/sqlite/search-journal.js';
export { parseShape, type Shape, SyntheticRatings, shapes } from './data/synthetic/synthetic.js';
export * from './errors.js';
export {
  type ComparedModel,
  type Comparison,
  compare,
  type Difference,
  type IntervalEstimate,
} from './eval/compare.js';
export { type Estimate, type Evaluation, evaluate } from './eval/evaluate.js';
export { type MetricKey, type MetricName, metricKeys, rankingMetrics } from './eval/metrics.js';
export { type Anomaly, AnomalyReference, judgeProfiles } from './model/anomaly.js';
export { MultDae } from './model/autoencoder/mult-dae.js';
export { MultVae } from './model/autoencoder/mult-vae.js';
export { RecVae } from './model/autoencoder/rec-vae.js';
export { Ease } from './model/ease.js';
export { Ensemble } from './model/ensemble.js';
export { type ClickContribution, type ExplainInput, explain } from './model/explain.js';
export { exploring, type Ranker } from './model/exploration.js';
export { loadRecommender } from './model/inference/load.js';
export { ItemKnn } from './model/item-knn.js';
export { ItemSpace, itemSpaceOf } from './model/item-space.js';
export { networkOf } from './model/models.js';
export { Popularity } from './model/popularity.js';
export {
  type Generative,
  hasItemVectors,
  type ItemEmbedding,
  type ItemVectors,
  isGenerative,
  isLatent,
  type Latent,
  type LatentCode,
  type ProfileElbo,
  type Recommender,
} from './model/recommender.js';
export { type DiversityInput, diversified } from './model/rerank.js';
export type { StepRecord, TrainingHooks } from './model/training/hooks.js';
export {
  bestResult,
  type SearchOptions,
  type SearchPlan,
  search,
  type TrialJournal,
  type TrialResult,
  type TrialStep,
} from './model/training/search.js';
export {
  type TrainedWeights,
  type TrainerOptions,
  trainNetwork,
} from './model/training/trainer.js';
export { EvaluationStore, type StoredMeasurement } from './runs/evaluations.js';
export type {
  EpochRecord,
  Lineage,
  RunContents,
  RunSummary,
  StoredRun,
  StoredTensor,
  StoredTensors,
  Vocabulary,
} from './runs/format.js';
export { decodeSafetensors, encodeSafetensors } from './runs/safetensors.js';
export { RunStore } from './runs/store.js';
export {
  type AnomalyList,
  mostUnusualUsers,
  type UnexpectedClick,
  type UnusualUser,
} from './serving/anomalies.js';
export { type ItemMap, itemMap, type MappedItem } from './serving/item-map.js';
export { type ItemFilter, KnownItems } from './serving/known-items.js';
export type { RankingOptions } from './serving/ranking.js';
export {
  type ProfileOptions,
  type ProfileRecommendations,
  type Reason,
  type RecommendationList,
  type RecommendationOptions,
  Recommendations,
  type RecommendedItem,
} from './serving/recommendations.js';
export {
  type Activation,
  HomeModels,
  type ServedModel,
  type ServedModels,
} from './serving/served-models.js';
export { type SimilarItem, type SimilarItems, similarItems } from './serving/similar-items.js';
export {
  type SyntheticUser,
  type SyntheticUserOptions,
  type SyntheticUsers,
  syntheticUsers,
} from './serving/synthetic-users.js';
export { packageVersion } from './version.js';
