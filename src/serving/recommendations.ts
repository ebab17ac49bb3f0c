/** Recommendations by external ids: profiles from the database, scores from a run's model. */

import { randomUUID } from 'node:crypto';
import { isClick } from '../data/click.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { userIdOf } from '../data/ids.js';
import type {
  CatalogueEntry,
  RatingsDatabase,
  UserRating,
} from '../data/store/sqlite/ratings-database.js';
import { checkCount, quote, UnknownUserError } from '../errors.js';
import type { ClickContribution } from '../model/explain.js';
import { Popularity } from '../model/popularity.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import { type RecommendationsLeft, recommendationsLeft } from './empty-answer.js';
import { type CatalogueSource, type ItemFilter, KnownItems } from './known-items.js';
import { type RankingOptions, rankedWindow, reasonsFor } from './ranking.js';
import type { ServedModel } from './served-models.js';

/** The part of the database that recommendations read. */
export type RatingsSource = CatalogueSource &
  Pick<RatingsDatabase, 'userRatings' | 'version' | 'dataset' | 'confirm'>;

/** The part of a run that recommendations need besides its recommender. */
export type ServedRun = Pick<StoredRun, 'id' | 'protocol' | 'vocabulary'>;

/** The options of any request; the defaults are those of `recommendationLimits`. */
export interface ProfileOptions extends ItemFilter, RankingOptions {
  /** Ids of further items to leave out; unknown ids are ignored. */
  readonly exclude?: readonly string[] | undefined;
  /** Whether to name the clicks that raised each item. Default: false. */
  readonly explain?: boolean | undefined;
  /**
   * The answer to a profile without a click that the model knows: the most popular items, or an error.
   * Default: `popularity`.
   */
  readonly fallback?: 'popularity' | 'none' | undefined;
}

/** The options of a request for a stored user. */
export interface RecommendationOptions extends ProfileOptions {
  /** Whether to leave out every item that the user has rated, however low. Default: true. */
  readonly excludeSeen?: boolean | undefined;
}

/** Limits and defaults of the options, the same for HTTP and the command line. */
export const recommendationLimits = {
  maxN: 1000,
  defaultN: 10,
  maxOffset: 1_000_000_000,
  maxSeed: 2 ** 32 - 1,
} as const;

/** A click of the profile that raised an item. */
export interface Reason extends CatalogueEntry {
  /** The item's score minus its score without this click; above 0. */
  readonly contribution: number;
}

/** One recommended item. */
export interface RecommendedItem extends CatalogueEntry {
  /** From 1 on, counted from the first page. */
  readonly rank: number;
  /** The model's score, comparable only within one answer; training clicks when popularity answers. */
  readonly score: number;
  /** With `explain`: the clicks that raised the item most, highest contribution first, at most three. */
  readonly because?: readonly Reason[];
}

/** Recommendations for an anonymous profile. */
export interface ProfileRecommendations {
  /** Whether the model ranked by the profile's clicks, or popularity ranked for everyone. */
  readonly source: 'model' | 'popularity';
  /** The id of the run. */
  readonly modelVersion: string;
  /** A UUID of this answer; the log names it too. */
  readonly recommendationId: string;
  readonly offset: number;
  readonly items: readonly RecommendedItem[];
  /** Ids of the profile that the model does not know. */
  readonly unknownItems: readonly string[];
}

/** Recommendations for a stored user, as HTTP and the command line give them. */
export interface RecommendationList extends Omit<ProfileRecommendations, 'unknownItems'> {
  readonly userId: string;
}

/** The items that decide an answer, as item indices. */
export interface Profile {
  readonly clicks: readonly number[];
  /** Items to leave out, clicked or not. */
  readonly seen: readonly number[];
}

/** A ranking by item index, best first. */
export interface RankedItems {
  readonly source: 'model' | 'popularity';
  readonly offset: number;
  readonly items: readonly number[];
  readonly scores: readonly number[];
  /** For each item, the clicks that raised it most; null without `explain`. */
  readonly reasons: readonly (readonly ClickContribution[])[] | null;
}

/** Recommendations from one run's model. */
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
   * The best items for a user, from the ratings that are stored now.
   *
   * The user may be newer than the model. Ties go to the item that comes first in the vocabulary.
   *
   * @throws UnknownUserError with `fallback: 'none'`, when the model knows none of the user's clicks
   * @throws ArgumentError for a text that is no id, a genre that no item has, or a first year after the last
   * @throws UnsupportedError when the model cannot explore or diversify
   */
  async recommend(
    userId: string,
    options: RecommendationOptions = {},
  ): Promise<RecommendationList> {
    const id = this.userId(userId);
    return { userId: id, ...(await this.#list(this.profile(id, options), options)) };
  }

  /**
   * The best items for an anonymous profile.
   *
   * @param itemIds - the clicked items; none of them is recommended
   * @throws as `recommend`
   */
  async recommendTo(
    itemIds: readonly string[],
    options: ProfileOptions = {},
  ): Promise<ProfileRecommendations> {
    const ids = this.items.idsOf(itemIds, 'items');
    const clicks = this.items.indices(ids);
    if (clicks.length === 0 && options.fallback === 'none') {
      throw new UnknownUserError(
        'the model knows none of these items, and fallback is none; allow popularity, or send other items',
      );
    }
    const unknownItems = new Set(ids.filter((id) => this.items.indexOf(id) === undefined));
    const list = await this.#list({ clicks, seen: clicks }, options);
    return { ...list, unknownItems: [...unknownItems] };
  }

  /** How many items there are to recommend to a user, whatever the page. */
  left(userId: string, options: RecommendationOptions = {}): RecommendationsLeft {
    const { seen } = this.profile(this.userId(userId), { ...options, fallback: 'popularity' });
    return recommendationsLeft(this.items, seen, options);
  }

  /** The user whom a caller means. @throws ArgumentError for a text that cannot be an id */
  userId(text: unknown): string {
    return userIdOf(this.#database, text);
  }

  /** A number that changes whenever any stored data may have changed. */
  dataVersion(): number {
    return this.#database.version();
  }

  /**
   * A user's clicks and the items to leave out.
   *
   * @throws UnknownUserError as `recommend`
   */
  profile(userId: string, options: RecommendationOptions): Profile {
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
          ? `no user ${quote(userId)} is stored, and fallback is none`
          : `the model knows none of the clicks of user ${quote(userId)}, and fallback is none`,
      );
    }
    return { clicks, seen: (options.excludeSeen ?? true) ? seen : [] };
  }

  /**
   * Ranks the items for a profile.
   *
   * @throws ArgumentError and UnsupportedError as `recommend`
   */
  async rank({ clicks, seen }: Profile, options: ProfileOptions): Promise<RankedItems> {
    const { exclude = [], offset = 0, n = recommendationLimits.defaultN } = options;
    checkCount('n', n);
    checkCount('offset', offset);
    const excluded =
      exclude.length === 0 ? [] : this.items.indices(this.items.idsOf(exclude, 'exclude'));
    const isFallback = clicks.length === 0;
    const ranking = {
      model: this.#recommender,
      fallback: this.#popularity,
      isFallback,
      clicks,
      mask: this.items.mask([...seen, ...excluded], options),
    };
    const { items, scores } = await rankedWindow(ranking, { ...options, n, offset });
    const reasons = options.explain ? await reasonsFor(ranking, options, items) : null;
    const isPopularity = isFallback || this.#recommender.model === 'popularity';
    return { source: isPopularity ? 'popularity' : 'model', offset, items, scores, reasons };
  }

  /** The clicks among ratings that the model knows, as indices. */
  clicks(ratings: readonly UserRating[]): number[] {
    const clicked = ratings.filter((rating) => this.isClick(rating));
    return this.items.indices(clicked.map(({ itemId }) => itemId));
  }

  /** Whether a rating is a click by the run's protocol. */
  isClick({ rating }: UserRating): boolean {
    return isClick(rating, this.run.protocol.ratingThreshold);
  }

  /** Checks that database and model both answer. @throws the error of the one that does not */
  async check(): Promise<void> {
    this.#database.confirm();
    this.#database.dataset();
    const nobody = ClickMatrix.fromRows(this.#recommender.itemCount, [[]]);
    await this.#recommender.topN(nobody, 1, nobody);
  }

  async #list(
    profile: Profile,
    options: ProfileOptions,
  ): Promise<Omit<ProfileRecommendations, 'unknownItems'>> {
    const ranked = await this.rank(profile, options);
    return {
      source: ranked.source,
      modelVersion: this.run.id,
      recommendationId: randomUUID(),
      offset: ranked.offset,
      items: recommendedItems(this.items, ranked),
    };
  }
}

/** A ranking with titles, and with reasons where it has some. */
export function recommendedItems(
  known: Pick<KnownItems, 'entries'>,
  { offset, items, scores, reasons }: RankedItems,
): RecommendedItem[] {
  const reasonOf = ({ click, contribution }: ClickContribution): Reason => ({
    ...known.entries([click])[0]!,
    contribution,
  });
  return known.entries(items).map(({ itemId, ...entry }, place) => ({
    itemId,
    rank: offset + place + 1,
    score: scores[place]!,
    ...entry,
    ...(reasons !== null && { because: reasons[place]!.map(reasonOf) }),
  }));
}

/** The recommendations of each served model, made once and kept as long as the model. */
export type RecommendationsOf = (model: ServedModel) => Recommendations;

/** Makes `RecommendationsOf` over one database. */
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
