/** The public surface of the package; nothing inside imports it. */

export { createApp } from './api/app.js';
export {
  type RecommendationList,
  type RecommendationOptions,
  Recommendations,
  type RecommendedItem,
} from './api/recommendations.js';
export { createLogger, type LogLevel } from './api/request-log.js';
export { listen, type RunningServer } from './api/server.js';
export { type BackendName, backendNames, type Engine } from './backend/engine.js';
export { type BackendReport, openEngine, surveyBackends } from './backend/select.js';
export { type TopN, topN } from './backend/top-n.js';
export {
  type EaseConfig,
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
export {
  type CatalogueEntry,
  type DatasetSummary,
  RatingsDatabase,
  type UserRating,
} from './data/database/ratings-database.js';
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
} from './data/split.js';
export { parseShape, type Shape, SyntheticRatings, shapes } from './data/synthetic.js';
export * from './errors.js';
export { type Estimate, type Evaluation, evaluate } from './eval/evaluate.js';
export { type MetricKey, type MetricName, metricKeys, rankingMetrics } from './eval/metrics.js';
export { Ease } from './model/ease.js';
export { loadRecommender } from './model/inference.js';
export { ItemKnn } from './model/item-knn.js';
export { MultDae } from './model/mult-dae.js';
export { MultVae } from './model/mult-vae.js';
export { Popularity } from './model/popularity.js';
export { RecVae } from './model/rec-vae.js';
export type { Latent, LatentCode, Recommender } from './model/recommender.js';
export { type TrainedWeights, type TrainingOptions, trainNetwork } from './model/trainer.js';
export { packageVersion } from './package-version.js';
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
