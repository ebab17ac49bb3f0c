/** The public surface of the package; nothing inside imports it. */

export { type AccessKey, AccessKeys } from './api/access-keys.js';
export {
  type AnomalyList,
  mostUnusualUsers,
  type UnexpectedClick,
  type UnusualUser,
} from './api/anomalies.js';
export { type AppDependencies, createApp, routes } from './api/app.js';
export { Gatekeeper, type GateOptions, isLoopback, openGate } from './api/gatekeeper.js';
export { type ItemMap, itemMap, type MappedItem } from './api/item-map.js';
export { type ItemFilter, KnownItems } from './api/known-items.js';
export { ServingMetrics } from './api/metrics.js';
export { type OpenApi, openApi } from './api/openapi.js';
export type { RankingOptions } from './api/ranking.js';
export {
  type ProfileOptions,
  type ProfileRecommendations,
  type Reason,
  type RecommendationList,
  type RecommendationOptions,
  Recommendations,
  type RecommendedItem,
} from './api/recommendations.js';
export { createLogger, type LogLevel } from './api/request-log.js';
export type { Reply, Route, RouteRequest, Scope } from './api/route.js';
export {
  type Activation,
  HomeModels,
  type ServedModel,
  type ServedModels,
} from './api/served-models.js';
export { listen, type RunningServer } from './api/server.js';
export { type SimilarItem, type SimilarItems, similarItems } from './api/similar-items.js';
export {
  type SyntheticUser,
  type SyntheticUserOptions,
  type SyntheticUsers,
  syntheticUsers,
} from './api/synthetic-users.js';
export { type BackendName, backendNames, type Engine } from './backend/engine.js';
export { type BackendReport, openEngine, surveyBackends } from './backend/select.js';
export { type TopN, topN } from './backend/top-n.js';
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
  type Protocol,
  paperProtocol,
  parseConfig,
  type RecVaeConfig,
} from './config.js';
export { ClickMatrix } from './data/click-matrix.js';
export { FeedbackWriter } from './data/database/feedback-writer.js';
export {
  type CatalogueEntry,
  type DatasetSummary,
  RatingsDatabase,
  type UserRating,
} from './data/database/ratings-database.js';
export { SearchJournal } from './data/database/search-journal.js';
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
} from './data/reference-split.js';
export {
  defaultHeldoutUsers,
  type HeldOutUsers,
  type LabelledClicks,
  type Split,
  strongGeneralization,
  wholeProfiles,
} from './data/split.js';
export { parseShape, type Shape, SyntheticRatings, shapes } from './data/synthetic.js';
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
export { Ease } from './model/ease.js';
export { Ensemble } from './model/ensemble.js';
export { type ClickContribution, explain } from './model/explain.js';
export { exploring, type Ranker } from './model/exploration.js';
export { loadRecommender } from './model/inference.js';
export { ItemKnn } from './model/item-knn.js';
export { ItemSpace, itemSpaceOf } from './model/item-space.js';
export { MultDae } from './model/mult-dae.js';
export { MultVae } from './model/mult-vae.js';
export { Popularity } from './model/popularity.js';
export { RecVae } from './model/rec-vae.js';
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
export { diversified } from './model/rerank.js';
export {
  bestResult,
  type SearchOptions,
  type SearchPlan,
  search,
  type TrialJournal,
  type TrialResult,
  type TrialStep,
} from './model/search.js';
export { type TrainedWeights, type TrainingOptions, trainNetwork } from './model/trainer.js';
export { packageVersion } from './package-version.js';
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
