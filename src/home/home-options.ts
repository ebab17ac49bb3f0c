/** The options of a `Home`'s methods. */

import type { auto, ConfigOf, ModelName } from '../config/models.js';
import { type GivenConfig, parseConfig } from '../config/parse.js';
import type { Store } from '../data/store/store.js';
import type { UserLine } from '../eval/report.js';
import type { ItemFilter } from '../serving/known-items.js';
import type { ProfileOptions } from '../serving/ranking/options.js';
import type { Recommendations } from '../serving/recommendations.js';
import type { ServedModel } from '../serving/served-models.js';
import type { EngineOptions } from './engine-options.js';
import type { MeasuringOptions } from './evaluation.js';
import type { ProtocolOptions } from './split/protocol-options.js';
import type { ActivationChoice } from './training/activation.js';
import type { AutoOptions } from './training/auto.js';
import type { TrainingJob, TrainingWatcher } from './training.js';
import type { TuningOptions } from './tuning.js';

/** A run: its id, or what `train` returned. */
export type RunReference = string | { readonly runId: string };

/** The id of a run. */
export function idOf(run: RunReference): string {
  return typeof run === 'string' ? run : run.runId;
}

/** A model and the hyper-parameters that differ from the paper's. */
export interface ModelChoice<Name extends ModelName> {
  /** Default: mult-vae. */
  readonly model?: Name;
  /** Default: the paper's. */
  readonly parameters?: Partial<Omit<ConfigOf<Name>, 'model'>>;
}

/** A model to train, or `auto`, which tries several. */
export type TrainableName = ModelName | typeof auto;

/** What can be named of a model: its hyper-parameters, or the seed with which `auto` tries models. */
export type ParametersOf<Name extends TrainableName> = Name extends ModelName
  ? Partial<Omit<ConfigOf<Name>, 'model'>>
  : { readonly seed?: number };

/** What a new training needs; the protocol's options say what a click is and who is held out. */
export interface HomeTrainingOptions<Name extends TrainableName>
  extends ProtocolOptions,
    EngineOptions,
    Pick<TrainingJob, 'signal' | 'command'>,
    TrainingWatcher,
    AutoOptions {
  /** Default: mult-vae. `auto` tries several models within `maxDurationS`. */
  readonly model?: Name;
  /** Default: the paper's, of which some follow the data. */
  readonly parameters?: ParametersOf<Name>;
  /** Whether feedback counts among the clicks of training users. Default: false. */
  readonly withFeedback?: boolean;
  /**
   * A run of a network with whose weights the training begins. Model and hyper-parameters are then those of that run,
   * with a third of its epochs, where `model` and `parameters` say nothing else, and its held-out users stay held out.
   */
  readonly from?: RunReference;
  /** When the run becomes the one that is served; true means `always`, false `never`. Default: `always`. */
  readonly activate?: ActivationChoice;
}

/** What a resumed training needs besides what it began with. */
export interface HomeResumeOptions
  extends Pick<TrainingJob, 'signal' | 'command' | 'threads'>,
    TrainingWatcher {
  /** Default: the newest training that was stopped. */
  readonly run?: string;
  /** When the run becomes the one that is served; true means `always`, false `never`. Default: `always`. */
  readonly activate?: ActivationChoice;
}

/** What to search; the first trial is the model with its parameters. */
export interface HomeTuningOptions<Name extends ModelName>
  extends ModelChoice<Name>,
    Omit<TuningOptions, 'base'> {}

/** Which users to measure on, how, and who is told. */
export interface HomeEvaluationOptions extends MeasuringOptions {
  /** Called with each user under each model, after the means. */
  readonly onUser?: (line: UserLine) => void;
}

/** Answers with another run than the active one. */
export interface RunChoice {
  /** Default: the active run. */
  readonly run?: RunReference;
}

/** How many similar items, and which. */
export interface SimilarOptions extends ItemFilter, RunChoice, Pick<ProfileOptions, 'rules'> {
  /** Default: 10. */
  readonly n?: number;
}

/** The configuration that was chosen, once it is checked. @throws ConfigError for a wrong hyper-parameter */
export function configOf<Name extends ModelName>({
  model,
  parameters,
}: ModelChoice<Name>): GivenConfig {
  const name: ModelName = model ?? 'mult-vae';
  parseConfig<ModelName>(name, { ...parameters }, 'parameters');
  return { ...parameters, model: name };
}

/** A question to a model's recommendations. */
export type AskedOfModel<T> = (
  recommendations: Recommendations,
  asked: { readonly store: Store; readonly model: ServedModel },
) => Promise<T>;

/** How a home is opened. */
export interface OpenHomeOptions {
  /** Make the folder and an empty store where they are missing. Default: false. */
  readonly create?: boolean;
  /**
   * The URL of a PostgreSQL database that holds the data, such as `postgres://user:password@host/database?schema=shop`.
   * Default: SQLite in the folder.
   */
  readonly store?: string;
}
