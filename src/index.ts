/** The public surface of the package; nothing inside imports it. */

export {
  type ExpressRouterOptions,
  expressRouter,
  type ServableHome,
} from './api/express-router.js';
export { AccessKeys } from './api/gate/access-keys.js';
export type { BackendName } from './backend/engine.js';
export type { TopN } from './backend/operations/top-n.js';
export type { BackendReport } from './backend/select.js';
export type { HomeSettings } from './config/home-settings.js';
export {
  type ConfigOf,
  type EaseConfig,
  type ElsaConfig,
  type EnsembleConfig,
  type ItemKnnConfig,
  type ModelConfig,
  type ModelName,
  type MultDaeConfig,
  type MultVaeConfig,
  modelNames,
  type PopularityConfig,
  type RecVaeConfig,
} from './config/models.js';
export type { Protocol } from './config/protocol.js';
export type { RunLabel, RunLabelChange } from './config/run-labels.js';
export { ClickMatrix } from './data/click-matrix.js';
export type {
  ColumnNames,
  IgnoredColumn,
  UnderstoodColumns,
  UsedColumn,
} from './data/files/columns.js';
export type { Delimiter } from './data/files/text/delimiters.js';
export type { ItemId, UserId } from './data/ids.js';
export type { ImportOptions, ImportProgress, ImportSummary } from './data/import.js';
export type { ItemDescription } from './data/items/item-description.js';
export type { FetchOptions, FetchResult } from './data/sources/fetch.js';
export { type HeldOutUsers, type Split, wholeProfiles } from './data/split/users.js';
export type { CatalogueEntry } from './data/store/catalogue.js';
export type { DatasetSummary } from './data/store/dataset.js';
export type { CatalogueWriter, ItemCounts } from './data/store/item-writes.js';
export type { ItemOutcome } from './data/store/items/item-change.js';
export type { DryRun, DryRunOptions, DryRunRow } from './data/understanding/dry-run.js';
export type { Understanding } from './data/understanding/understanding.js';
export {
  AddressError,
  ArgumentError,
  BackendError,
  BusyError,
  ConfigError,
  DataError,
  type DataErrorPlace,
  DependencyError,
  DivergenceError,
  DownloadError,
  FeedbackError,
  HomeError,
  Interrupted,
  MultvaeError,
  RunError,
  ShapeError,
  SplitError,
  StorageError,
  type StorageFault,
  UnavailableError,
  UnknownItemError,
  UnknownRunError,
  UnknownUserError,
  UnsupportedError,
  VerifyError,
} from './errors.js';
export { type Estimate, type Evaluation, evaluate } from './eval/evaluate.js';
export type { MetricKey, MetricName } from './eval/metrics.js';
export type { ObjectiveName } from './eval/objective.js';
export type {
  EvaluationReport,
  ReportedLength,
  ReportedModel,
  SplitName,
  UserLine,
} from './eval/report.js';
export type { MetricCost, RulesCost } from './eval/rules/rules-cost.js';
export {
  evaluateShort,
  type ShortComparison,
  type ShortEvaluation,
} from './eval/short-profiles.js';
export type { Study } from './eval/study.js';
export {
  type ClickSplit,
  type ClickSplitOptions,
  type ClickTrainingConfig,
  type ClickTrainingOptions,
  splitClicks,
  train,
} from './home/click-training.js';
export type { ComparisonOptions } from './home/comparison.js';
export { type CopyOptions, type CopySummary, copyHome } from './home/copy/copy-home.js';
export {
  dryRunImport,
  type GenerationOptions,
  generateRatings,
  listDatasets,
} from './home/data-sets.js';
export { type Diagnosis, diagnose, type Finding } from './home/diagnosis.js';
export type { EngineOptions } from './home/engine-options.js';
export type { MeasuringOptions } from './home/evaluation.js';
export type { GenerativeRunOptions } from './home/generative-run.js';
export type { Home } from './home/home.js';
export type {
  HomeEvaluationOptions,
  HomeResumeOptions,
  HomeTrainingOptions,
  HomeTuningOptions,
  ModelChoice,
  OpenHomeOptions,
  ParametersOf,
  RunChoice,
  RunReference,
  SimilarOptions,
  TrainableName,
} from './home/home-options.js';
export { openHome } from './home/place/open-home.js';
export type { PreparationOptions } from './home/preparation.js';
export type { ReferenceSplit, ReferenceSplitOptions, SetSize } from './home/reference-split.js';
export type { HomeRuns, PendingTraining, RemarkedRun } from './home/runs.js';
export type { HomeRules, RuleChange } from './home/serving/home-rules.js';
export type { HomeSettingsKeeper } from './home/serving/home-settings.js';
export {
  type ListBlock,
  type ListsOptions,
  makeLists,
  type UserSource,
  type WithoutList,
} from './home/serving/lists.js';
export type { OpenServing, OpenServingOptions } from './home/serving.js';
export type { ProtocolOptions } from './home/split/protocol-options.js';
export type { ActivationPolicy, ActivationVerdict } from './home/training/activation.js';
export type { AutoOptions, AutoStart, AutoWatcher } from './home/training/auto.js';
export type { AutoScores, AutoSearch, AutoTrial } from './home/training/auto-table.js';
export type { Pruning } from './home/training/pruning.js';
export type {
  ActivatedTraining,
  FinishedTraining,
  TrainingStart,
  TrainingWatcher,
} from './home/training.js';
export type { SharedStart } from './home/tuning/request.js';
export type { TuningSearch, TuningTrial, TuningWorker } from './home/tuning/status.js';
export type { SearchStart, SearchWatcher, TuningOptions, TuningResult } from './home/tuning.js';
export { type Anomaly, judgeProfiles } from './model/anomaly.js';
export { nearnessOf } from './model/item-space.js';
export {
  type Generative,
  hasItemRelations,
  hasItemVectors,
  type ItemEmbedding,
  type ItemRelations,
  type ItemVectors,
  isGenerative,
  isLatent,
  type Latent,
  type LatentCode,
  type ProfileElbo,
  type Recommender,
} from './model/recommender.js';
export type { StepRecord, TrainingHooks } from './model/training/hooks.js';
export type { EpochRecord, RunSummary, StoredRun } from './runs/format.js';
export type { AnomalyList, UnusualUser } from './serving/anomalies.js';
export type { ItemFilter } from './serving/known-items.js';
export type {
  ProfileRecommendations,
  Reason,
  RecommendationList,
  RecommendedItem,
} from './serving/ranking/list.js';
export type { ProfileOptions, RecommendationOptions } from './serving/ranking/options.js';
export type { RankingOptions } from './serving/ranking/ranking.js';
export type { Rule, RuleContent, RuleKind, RuleSelection } from './serving/rules/rule.js';
export type { KeptRule } from './serving/rules/rule-keeper.js';
export type { AppliedRule } from './serving/rules/ruled-answer.js';
export type { ServedModel, ServedModels } from './serving/served-models.js';
export type { SimilarItem, SimilarItems } from './serving/similar-items.js';
export type {
  SyntheticUser,
  SyntheticUserOptions,
  SyntheticUsers,
} from './serving/synthetic-users.js';
export { packageVersion } from './version.js';
