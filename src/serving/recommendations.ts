import { randomUUID } from 'node:crypto';
import { isClick } from '../data/click.js';
import { ClickMatrix } from '../data/click-matrix.js';
import type {
  CatalogueEntry,
  RatingsDatabase,
  UserRating,
} from '../data/store/sqlite/ratings-database.js';
import { UnknownUserError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import type { AnswerCache, KeptAnswer } from './answer-cache.js';
import { rankedJson } from './answer-json.js';
import { type CatalogueSource, type ItemFilter, KnownItems } from './known-items.js';
import { type RankingOptions, rankedWindow, reasonsFor } from './ranking.js';
import type { ServedModel } from './served-models.js';

/** What serving asks of the database. */
export type RatingsSource = CatalogueSource &
  Pick<RatingsDatabase, 'userRatings' | 'version' | 'dataset'>;

/** What serving needs of a run besides its recommender. */
export type ServedRun = Pick<StoredRun, 'id' | 'protocol' | 'vocabulary'>;

/** What a request may choose, for anybody; what is not given has the default of `recommendationLimits`. */
export interface ProfileOptions extends ItemFilter, RankingOptions {
  /** Ids to leave out besides; unknown ones are ignored. */
  readonly exclude?: readonly string[] | undefined;
  /** Whether to say which clicks raised each item. */
  readonly explain?: boolean | undefined;
  /** For a profile without a click that the model knows: what everyone likes, or an error. */
  readonly fallback?: 'popularity' | 'none' | undefined;
}

/** What a request may choose for a stored user. */
export interface RecommendationOptions extends ProfileOptions {
  /** Whether to leave out every item that the user has rated, however low; true unless given. */
  readonly excludeSeen?: boolean | undefined;
}

/** The limits and defaults of the options, the same for every way in. */
export const recommendationLimits = {
  ...{ maxN: 1000, defaultN: 10, maxOffset: 1_000_000_000, maxSeed: 2 ** 32 - 1, reasons: 3 },
} as const;

/** A click of the profile that raised an item. */
export interface Reason extends CatalogueEntry {
  /** The item's score less what it would be without this click; above 0. */
  readonly contribution: number;
}

/** One recommended item. */
export interface RecommendedItem extends CatalogueEntry {
  /** From 1 on, counted from the first page. */
  readonly rank: number;
  /** The model's score, comparable within one answer only; training clicks when popularity answers. */
  readonly score: number;
  /** With `explain`: the clicks that raised it most, most first, at most three. */
  readonly because?: readonly Reason[];
}

/** The answer to "what should somebody with these clicks see". */
export interface ProfileRecommendations {
  /** Whether the profile's own clicks decided, or everyone's. */
  readonly source: 'model' | 'popularity';
  /** The id of the run. */
  readonly modelVersion: string;
  /** A UUID of this answer, in the log too. */
  readonly recommendationId: string;
  readonly offset: number;
  readonly items: readonly RecommendedItem[];
  /** Ids of the profile that the model does not know. */
  readonly unknownItems: readonly string[];
}

/** The answer to "what should this user see", as HTTP and the command line give it. */
export interface RecommendationList extends Omit<ProfileRecommendations, 'unknownItems'> {
  readonly userId: string;
}

/** The same as bytes of JSON. */
export interface RecommendationJson {
  readonly source: 'model' | 'popularity';
  readonly recommendationId: string;
  readonly body: Buffer;
}

/** Clicks and what else is left out, as item indices. */
interface Profile {
  readonly clicks: readonly number[];
  readonly seen: readonly number[];
}

/** Recommendations by external ids: ratings and titles from the database, scores from a run's model. */
export class Recommendations {
  readonly run: ServedRun;
  readonly items: KnownItems;
  readonly #database: RatingsSource;
  readonly #recommender: Recommender;
  readonly #popularity: Recommender;

  /** @param recommender - made from `run`; the caller disposes it */
  constructor(database: RatingsSource, run: ServedRun, recommender: Recommender) {
    this.run = run;
    this.items = new KnownItems(database, run.vocabulary);
    this.#database = database;
    this.#recommender = recommender;
    this.#popularity = new Popularity(run.vocabulary.trainClicks);
  }

  /**
   * The best items for a user, from the ratings stored at this moment.
   *
   * The user need not have been there when the model was trained. Ties go to the item that comes first
   * in the vocabulary.
   *
   * @throws UnknownUserError with `fallback: 'none'`, when the model knows none of the user's clicks
   * @throws ArgumentError for a genre that no item has
   * @throws UnsupportedError when the model cannot explore, or vary what it recommends
   */
  async recommend(
    userId: string,
    options: RecommendationOptions = {},
  ): Promise<RecommendationList> {
    return { userId, ...(await this.#answer(this.#profile(userId, options), options)) };
  }

  /**
   * The JSON of what `recommend` gives, for the many: an answer that was given before is given again, under an id
   * of its own, as long as nothing has changed.
   *
   * @throws as `recommend`
   */
  async recommendJson(
    userId: string,
    options: RecommendationOptions,
    cache: AnswerCache,
  ): Promise<RecommendationJson> {
    const { source, rest } = await cache.answer({
      ...{ run: this.run.id, userId, options, version: () => this.#database.version() },
      origin: () => this.#profile(userId, options),
      catalogue: () => this.items.catalogueVersion,
      make: (profile) => this.#restOf(profile, options),
    });
    const recommendationId = randomUUID();
    const own = { userId, source, modelVersion: this.run.id, recommendationId };
    const head = `${JSON.stringify(own).slice(0, -1)},`;
    return { source, recommendationId, body: Buffer.concat([Buffer.from(head), rest]) };
  }

  /** The JSON of an answer from its offset on. */
  async #restOf(profile: Profile, options: RecommendationOptions): Promise<KeptAnswer> {
    if (options.explain) {
      const { source, offset, items } = await this.#answer(profile, options);
      return { source, rest: Buffer.from(JSON.stringify({ offset, items }).slice(1)) };
    }
    const { source, offset, items, scores } = await this.#ranked(profile, options);
    return { source, rest: Buffer.from(rankedJson(this.items, { offset, items, scores })) };
  }

  /** @throws UnknownUserError as `recommend` */
  #profile(userId: string, options: RecommendationOptions): Profile {
    const ratings = this.#database.userRatings(userId);
    const clicks: number[] = [];
    const seen: number[] = [];
    for (const rating of ratings ?? []) {
      const item = this.items.indexOf(rating.itemId);
      if (item === undefined) continue;
      seen.push(item);
      if (this.isClick(rating)) clicks.push(item);
    }
    if (clicks.length === 0 && options.fallback === 'none') {
      throw new UnknownUserError(
        ratings === null
          ? `no user ${JSON.stringify(userId)} is stored, and no fallback was wanted`
          : `the model knows none of the clicks of user ${JSON.stringify(userId)}, and no fallback was wanted`,
      );
    }
    return { clicks, seen: (options.excludeSeen ?? true) ? seen : [] };
  }

  /**
   * The best items for a profile that is stored nowhere.
   *
   * @param itemIds - what somebody clicked; nothing of it is recommended
   * @throws as `recommend`
   */
  async recommendTo(
    itemIds: readonly string[],
    options: ProfileOptions = {},
  ): Promise<ProfileRecommendations> {
    const clicks = this.items.indices(itemIds);
    if (clicks.length === 0 && options.fallback === 'none') {
      throw new UnknownUserError('the model knows none of these items, and no fallback was wanted');
    }
    const unknownItems = new Set(itemIds.filter((id) => this.items.indexOf(id) === undefined));
    const answer = await this.#answer({ clicks, seen: clicks }, options);
    return { ...answer, unknownItems: [...unknownItems] };
  }

  /** The clicks among ratings that the model knows, as indices. */
  clicks(ratings: readonly UserRating[]): number[] {
    return this.items.indices(ratings.filter((rating) => this.isClick(rating)).map(itemIdOf));
  }

  /** Whether database and model both answer; what does not is thrown. */
  async check(): Promise<void> {
    this.#database.dataset();
    const nobody = ClickMatrix.fromRows(this.#recommender.itemCount, [[]]);
    await this.#recommender.topN(nobody, 1, nobody);
  }

  async #answer(
    profile: Profile,
    options: ProfileOptions,
  ): Promise<Omit<ProfileRecommendations, 'unknownItems'>> {
    const { source, offset, items, scores, ranking } = await this.#ranked(profile, options);
    const reasons = options.explain ? await reasonsFor(ranking, options, items) : null;
    return {
      ...{ source, modelVersion: this.run.id, recommendationId: randomUUID(), offset },
      items: this.items.entries(items).map(({ itemId, ...entry }, place) => ({
        ...{ itemId, rank: offset + place + 1, score: scores[place]! },
        ...entry,
        ...(reasons !== null && {
          because: reasons[place]!.map(({ click, contribution }) => ({
            ...this.items.entries([click])[0]!,
            contribution,
          })),
        }),
      })),
    };
  }

  /** By index, with how it was ranked. */
  async #ranked({ clicks, seen }: Profile, options: ProfileOptions) {
    const { exclude = [], offset = 0, n = recommendationLimits.defaultN } = options;
    const excluded = exclude.length === 0 ? [] : this.items.indices(exclude);
    const mask = this.items.mask([...seen, ...excluded], options);
    const isFallback = clicks.length === 0;
    const models = { model: this.#recommender, fallback: this.#popularity };
    const ranking = { ...models, clicks, isFallback, mask };
    const { items, scores } = await rankedWindow(ranking, { ...options, n, offset });
    const isPopularity = isFallback || this.#recommender.model === 'popularity';
    const source: 'model' | 'popularity' = isPopularity ? 'popularity' : 'model';
    return { source, offset, items, scores, ranking };
  }

  /** Whether a rating is a click by the run's protocol. */
  isClick({ rating }: UserRating): boolean {
    return isClick(rating, this.run.protocol.ratingThreshold);
  }
}

const itemIdOf = ({ itemId }: UserRating) => itemId;

/** The recommendations of each served model: made once, and kept as long as the model. */
export type RecommendationsOf = (model: ServedModel) => Recommendations;

export function recommendationsPerModel(database: RatingsSource): RecommendationsOf {
  const made = new WeakMap<ServedModel, Recommendations>();
  return (model) => {
    let own = made.get(model);
    if (own === undefined) {
      own = new Recommendations(database, model.run, model.recommender);
      made.set(model, own);
    }
    return own;
  };
}
