/** A home as a program uses it: everything that the command line does with one, as methods. */

import type { ModelName } from '../config/models.js';
import type { RunLabel, RunLabelChange } from '../config/run-labels.js';
import type { ImportOptions, ImportSummary } from '../data/import.js';
import type { FetchOptions, FetchResult } from '../data/sources/fetch.js';
import type { HomePlace } from '../data/store/place.js';
import { HomeError } from '../errors.js';
import type { EvaluationReport } from '../eval/report.js';
import type { Study } from '../eval/study.js';
import type { AnomalyList } from '../serving/anomalies.js';
import type { ProfileRecommendations, RecommendationList } from '../serving/ranking/list.js';
import {
  type ProfileOptions,
  type RecommendationOptions,
  recommendationLimits,
} from '../serving/ranking/options.js';
import { type SimilarItems, similarItems } from '../serving/similar-items.js';
import type { SyntheticUserOptions, SyntheticUsers } from '../serving/synthetic-users.js';
import { type ComparisonOptions, compareRuns, reportRuns } from './comparison.js';
import { fetchByName, importSource } from './data-sets.js';
import { evaluateRun } from './evaluation.js';
import { findAnomalies, type GenerativeRunOptions, sampleUsers } from './generative-run.js';
import {
  type AskedOfModel,
  configOf,
  type HomeEvaluationOptions,
  type HomeResumeOptions,
  type HomeTrainingOptions,
  type HomeTuningOptions,
  idOf,
  type RunChoice,
  type RunReference,
  type SimilarOptions,
  type TrainableName,
} from './home-options.js';
import { listNights, type Night } from './nights/night.js';
import { type RefreshOptions, refreshHome } from './nights/refresh.js';
import { type PreparationOptions, prepareHome } from './preparation.js';
import { type ReferenceSplit, type ReferenceSplitOptions, splitHome } from './reference-split.js';
import {
  activateRun,
  findCheckpoint,
  type HomeRuns,
  labelRun,
  listRuns,
  loadRun,
  removeRun,
  rollbackRun,
} from './runs.js';
import { HomeItems } from './serving/home-items.js';
import { HomeRules } from './serving/home-rules.js';
import { HomeSettingsKeeper } from './serving/home-settings.js';
import { type OpenServing, type OpenServingOptions, openServing } from './serving.js';
import { activated } from './training/activation.js';
import { trainChosen } from './training/chosen-model.js';
import { type Pruning, pruneRuns } from './training/pruning.js';
import { type ActivatedTraining, resumeRun } from './training.js';
import { type TuningSearch, tuningStatus } from './tuning/status.js';
import { type TuningResult, tuneHome } from './tuning.js';

/** A folder that holds one data set and its runs. Made by `openHome`. */
export class Home {
  /** The path as it was given. */
  readonly folder: string;
  readonly #place: HomePlace;
  /** Writes and removes items; what serves the home follows with the next request. */
  readonly items: HomeItems;
  /** The shop's rules: what is pinned, boosted, buried, hidden or limited. */
  readonly rules: HomeRules;
  /** What the operator chose: event types and words. */
  readonly settings: HomeSettingsKeeper;
  /** Those that `serving` opened; the first one also answers `recommend`. */
  readonly #servings: Promise<OpenServing>[] = [];
  #isClosed = false;

  constructor(place: HomePlace) {
    this.#place = place;
    this.folder = place.folder;
    this.items = new HomeItems(place);
    this.rules = new HomeRules(place);
    this.settings = new HomeSettingsKeeper(place);
  }

  /** Downloads a data set with a name, such as `ml-1m`, into the home. @throws DownloadError, VerifyError */
  fetch(name: string, options: FetchOptions = {}): Promise<FetchResult> {
    return fetchByName(this.folder, name, options);
  }

  /**
   * Imports ratings and the titles beside them, all or nothing.
   *
   * @param source - a ratings file, a folder with one or with its parts, `-` for standard input, `sample`, or the name
   *   of a data set that was fetched; several of these are one data set
   * @throws DataError when a file is not what it should be
   * @throws HomeError when the home holds data, and neither `replace` nor `append` is given
   */
  import(source: string | readonly string[], options: ImportOptions = {}): Promise<ImportSummary> {
    return importSource(this.#place, source, options);
  }

  /** Imports the sample if the home is empty, and trains, evaluates and activates a run if none is active. */
  prepare(options: PreparationOptions = {}): Promise<void> {
    return prepareHome(this.#place, options);
  }

  /**
   * Trains a model, or several with `auto`, publishes the run and activates it as `activate` says.
   *
   * @throws the signal's reason when it was aborted, after a checkpoint that `resume` goes on from
   * @throws ConfigError, SplitError, DivergenceError, HomeError, BackendError
   */
  async train<Name extends TrainableName = 'mult-vae'>(
    options: HomeTrainingOptions<Name> = {},
  ): Promise<ActivatedTraining> {
    const training = await trainChosen(this.#place, options);
    return activated(this.#place, training, options, (id) => this.activate(id));
  }

  /**
   * Goes on with a training that was stopped or killed, then publishes and activates the run as `train` does.
   *
   * @throws RunError when there is none, or the data have changed since; otherwise as `train`
   */
  async resume(options: HomeResumeOptions = {}): Promise<ActivatedTraining> {
    const stopped = await findCheckpoint(this.#place, options.run);
    const training = await resumeRun({ ...options, ...stopped, home: this.#place });
    return activated(this.#place, training, options, (id) => this.activate(id));
  }

  /**
   * Appends files, trains, compares, activates and deletes old runs: a night's work, kept in `nights`.
   *
   * @throws BusyError while another refresh runs; otherwise as `import` and `train`
   */
  refresh(files: readonly string[], options: RefreshOptions = {}): Promise<Night> {
    const activate = (id: string) => this.activate(id);
    return refreshHome(this.#place, files, { activate, ...options });
  }

  /** What every refresh did, the newest first; 400 are kept. */
  nights(): Promise<Night[]> {
    return listNights(this.#place);
  }

  /**
   * Searches hyper-parameters on the validation users, and writes the best configuration to a file. Gives what was found
   * also when the signal or the time stopped the search; the same call goes on. @throws DivergenceError
   */
  tune<Name extends ModelName = 'mult-vae'>(
    options: HomeTuningOptions<Name> = {},
  ): Promise<TuningResult> {
    return tuneHome(this.#place, { ...options, base: configOf(options) });
  }

  /** Every search with its workers, trials and results so far, the newest first. */
  searches(): Promise<TuningSearch[]> {
    return tuningStatus(this.#place);
  }

  /** Measures a run, by default the active one, on its own held-out users, beside popularity. @throws RunError */
  async evaluate(
    run?: RunReference,
    options: HomeEvaluationOptions = {},
  ): Promise<EvaluationReport> {
    const stored = await loadRun(this.#place, run && idOf(run));
    const { report, perUser } = await evaluateRun(this.#place, stored, options);
    if (options.onUser !== undefined) for (const line of perUser()) options.onUser(line);
    return report;
  }

  /** Compares runs of one split, and popularity: intervals, paired differences, lists and groups. */
  compare(runs: readonly RunReference[], options: ComparisonOptions = {}): Promise<Study> {
    return compareRuns(this.#place, runs.map(idOf), options);
  }

  /** The comparison as a single HTML page that needs nothing else. */
  report(runs: readonly RunReference[], options: ComparisonOptions = {}): Promise<string> {
    return reportRuns(this.#place, runs.map(idOf), options);
  }

  /** Splits the clicks as a training would; writes or verifies the reference code's files. */
  split(options: ReferenceSplitOptions = {}): Promise<ReferenceSplit> {
    return splitHome(this.#place, options);
  }

  /** The runs, newest first, and the trainings that are not finished. */
  runs(): Promise<HomeRuns> {
    return listRuns(this.#place);
  }

  /**
   * Makes a run the one that is served, here and in every process that serves this home.
   *
   * @throws UnknownRunError when there is no such run, RunError when it cannot be used
   */
  async activate(run: RunReference): Promise<void> {
    const [serving] = this.#servings;
    if (serving === undefined) await activateRun(this.#place, idOf(run));
    else await (await serving).models.activate(idOf(run));
  }

  /** Makes the run that was active before the active one again, and gives its id. @throws RunError when there was none */
  async rollback(): Promise<string> {
    const [serving] = this.#servings;
    if (serving === undefined) return rollbackRun(this.#place);
    return (await (await serving).models.rollback()).active;
  }

  /** Gives a run a name or a note; its id stays. @throws ArgumentError, UnknownRunError */
  label(run: RunReference, change: RunLabelChange): Promise<RunLabel> {
    return labelRun(this.#place, idOf(run), change);
  }

  /** Deletes a run that is not active, or a stopped training. @throws RunError */
  remove(run: RunReference): Promise<void> {
    return removeRun(this.#place, idOf(run));
  }

  /** Deletes all runs but the newest `keep` and the active one. @throws ArgumentError when `keep` is below 1 */
  prune(keep: number): Promise<Pruning> {
    return pruneRuns(this.#place, keep);
  }

  /**
   * The best items for a user, from the ratings that are stored now.
   *
   * @throws RunError when no run is active; UnknownUserError, with `fallback: 'none'`, when the model knows no click
   */
  recommend(
    userId: string,
    { run, ...options }: RecommendationOptions & RunChoice = {},
  ): Promise<RecommendationList> {
    return this.#answer(run, (recommendations) => recommendations.recommend(userId, options));
  }

  /** The best items for somebody who clicked these items and is stored nowhere. @throws as `recommend` */
  recommendTo(
    itemIds: readonly string[],
    { run, ...options }: ProfileOptions & RunChoice = {},
  ): Promise<ProfileRecommendations> {
    return this.#answer(run, (recommendations) => recommendations.recommendTo(itemIds, options));
  }

  /** The items that the model places nearest to one. @throws UnknownItemError, UnsupportedError (of popularity) */
  similar(
    itemId: string,
    { run, n = recommendationLimits.defaultN, ...filter }: SimilarOptions = {},
  ): Promise<SimilarItems> {
    return this.#answer(run, async (recommendations, { store, model }) => {
      const moment = await recommendations.moment(filter);
      const hidden = moment.hidden(filter);
      return similarItems({ store, model, known: moment.items, hidden, itemId, n, ...filter });
    });
  }

  /** The users whose clicks the model explains worst. @throws RunError when the model has no ELBO */
  anomalies(options: GenerativeRunOptions & { readonly n?: number } = {}): Promise<AnomalyList> {
    return findAnomalies(this.#place, options);
  }

  /** Synthetic users from the model's prior. @throws RunError when the model has no prior */
  sample(
    options: GenerativeRunOptions & Partial<SyntheticUserOptions> = {},
  ): Promise<SyntheticUsers> {
    return sampleUsers(this.#place, options);
  }

  /**
   * Opens the models for serving, such as for `expressRouter`. `close` closes what this returned.
   *
   * @throws HomeError when the home is closed, RunError when no run is active
   */
  serving(options: OpenServingOptions = {}): Promise<OpenServing> {
    if (this.#isClosed) return Promise.reject(new HomeError(`the home ${this.folder} is closed`));
    const opening = openServing(this.#place, options);
    this.#servings.push(opening);
    opening.catch(() => this.#servings.splice(this.#servings.indexOf(opening), 1));
    return opening;
  }

  /** Frees every model and closes every store that this home has opened. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.items.close();
    const opened = await Promise.allSettled(this.#servings.splice(0));
    for (const serving of opened) {
      if (serving.status === 'fulfilled') await serving.value.close();
    }
  }

  async #answer<T>(run: RunReference | undefined, ask: AskedOfModel<T>): Promise<T> {
    const { models, recommendationsOf, store } = await (this.#servings[0] ?? this.serving());
    return models.withModel(run && idOf(run), (model) =>
      ask(recommendationsOf(model), { store, model }),
    );
  }
}
