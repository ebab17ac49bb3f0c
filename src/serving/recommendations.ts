/** Recommendations by external ids: profiles from the database, scores from a run's model. */

import { isClick } from '../data/click.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { userIdOf } from '../data/ids.js';
import type { Store } from '../data/store/store.js';
import type { UserRating } from '../data/store/users.js';
import { checkCount, quote, UnknownUserError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import { popularityScale } from '../model/ranking/moved-scores.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import { type RecommendationsLeft, recommendationsLeft } from './empty-answer.js';
import type { Moment } from './items/moment.js';
import { Vocabulary } from './items/vocabulary.js';
import { makeRecommendationId } from './lists/recommendation-id.js';
import { type MomentOptions, type MomentSource, Moments } from './new-items/moments.js';
import { newItemsPage } from './new-items/new-items.js';
import {
  type ProfileRecommendations,
  type RankedItems,
  type RecommendationList,
  recommendedItems,
} from './ranking/list.js';
import {
  type ProfileOptions,
  type RecommendationOptions,
  recommendationLimits,
} from './ranking/options.js';
import { rankedWindow, reasonsFor } from './ranking/ranking.js';
import type { RuleBook } from './rules/rule-book.js';

/** The part of the store that recommendations read. */
export type RatingsSource = MomentSource & Pick<Store, 'userRatings' | 'version' | 'confirm'>;

/** The part of a run that recommendations need besides its recommender. */
export type ServedRun = Pick<StoredRun, 'id' | 'protocol' | 'vocabulary'>;

/** The items that decide an answer, as item indices. */
export interface Profile {
  readonly clicks: readonly number[];
  /** Items to leave out, clicked or not. */
  readonly seen: readonly number[];
  /** Ids of items to leave out that the model does not know. */
  readonly seenBeyond?: readonly string[];
}

/** The profile of a user. */
export interface UserProfile extends Profile {
  /** Whether anything is stored about the user. */
  readonly isStored: boolean;
}

/** Recommendations from one run's model. */
export class Recommendations {
  readonly run: ServedRun;
  /** The items that the model knows. */
  readonly vocabulary: Vocabulary;
  readonly #store: RatingsSource;
  readonly #recommender: Recommender;
  readonly #popularity: Recommender;
  readonly #popularityScale: Float64Array;
  readonly #moments: Moments;

  /**
   * @param recommender - made from `run`; the caller disposes it
   * @param rules - the shop's; null for none
   */
  constructor(
    store: RatingsSource,
    run: ServedRun,
    recommender: Recommender,
    rules: RuleBook | null = null,
  ) {
    const { trainClicks, items } = run.vocabulary;
    this.run = run;
    this.vocabulary = new Vocabulary(items);
    this.#store = store;
    this.#recommender = recommender;
    this.#popularity = new Popularity(trainClicks);
    this.#popularityScale = popularityScale(trainClicks);
    this.#moments = new Moments(store, { vocabulary: this.vocabulary, trainClicks }, rules);
  }

  /** As `Moments.known`. */
  momentOf(version: number | null, options: MomentOptions): Moment | null {
    return this.#moments.known(version, options);
  }

  /** As `Moments.current`. */
  moment(options: MomentOptions): Promise<Moment> {
    return this.#moments.current(options);
  }

  /**
   * The best items for a user, from the ratings that are stored now and the items of the basket.
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
    const id = await this.userId(userId);
    const { items, only } = options;
    const moment = await this.moment(options);
    const profile = await this.profile(id, options);
    const list = await this.#list(profile, options, moment);
    if (items === undefined && only === undefined) return { userId: id, ...list };
    const unknownItems = this.#unknown({ items, only });
    return { userId: id, userKnown: profile.isStored, ...list, unknownItems };
  }

  /**
   * The best items for an anonymous profile. Where the store cannot be read, the last known catalogue and rules do.
   *
   * @param itemIds - the clicked items; none of them is recommended
   * @throws as `recommend`
   */
  async recommendTo(
    itemIds: readonly string[],
    options: ProfileOptions = {},
  ): Promise<ProfileRecommendations> {
    const clicks = this.#indices(itemIds, 'items');
    if (clicks.length === 0 && options.fallback === 'none') {
      throw new UnknownUserError(
        'the model knows none of these items, and fallback is none; allow popularity, or send other items',
      );
    }
    const seenBeyond = this.#unknown({ items: itemIds, only: [] });
    const moment = await this.#moments.lately(options);
    const list = await this.#list({ clicks, seen: clicks, seenBeyond }, options, moment);
    return { ...list, unknownItems: this.#unknown({ items: itemIds, only: options.only }) };
  }

  /** How many items there are to recommend to a user, whatever the page. */
  async left(userId: string, options: RecommendationOptions = {}): Promise<RecommendationsLeft> {
    const id = await this.userId(userId);
    const { items } = await this.moment(options);
    const { seen } = await this.profile(id, { ...options, fallback: 'popularity' });
    return recommendationsLeft(items, seen, options);
  }

  /** The same for an anonymous profile. */
  async leftFor(
    itemIds: readonly string[],
    options: ProfileOptions = {},
  ): Promise<RecommendationsLeft> {
    const { items } = await this.#moments.lately(options);
    return recommendationsLeft(items, this.#indices(itemIds, 'items'), options);
  }

  /** The user whom a caller means. @throws ArgumentError for a text that cannot be an id */
  userId(text: unknown): Promise<string> {
    return userIdOf(this.#store, text);
  }

  /** A number that changes whenever any stored data may have changed; null: unknown (`Store.version`). */
  dataVersion(): number | null {
    return this.#store.version();
  }

  /**
   * A user's clicks, those of the basket after the stored ones, and the items to leave out.
   *
   * @throws UnknownUserError as `recommend`
   */
  async profile(userId: string, options: RecommendationOptions): Promise<UserProfile> {
    const ratings = await this.#store.userRatings(userId);
    const basket = this.#indices(options.items, 'items');
    const clicks: number[] = [];
    const seen: number[] = [];
    const beyond: string[] = [];
    for (const rating of ratings ?? []) {
      const item = this.vocabulary.indexOf(rating.itemId);
      if (item === undefined) beyond.push(rating.itemId);
      else seen.push(item);
      if (item !== undefined && this.isClick(rating)) clicks.push(item);
    }
    const all = basket.length === 0 ? clicks : [...new Set([...clicks, ...basket])];
    if (all.length === 0 && options.fallback === 'none') {
      const about = [
        ratings === null
          ? `no user ${quote(userId)} is stored`
          : `the model knows none of the clicks of user ${quote(userId)}`,
        ...(options.items?.length ? ['the model knows none of the items'] : []),
      ];
      throw new UnknownUserError(`${about.join(', ')}, and fallback is none`);
    }
    const excludeSeen = options.excludeSeen ?? true;
    const unknown = this.#unknown({ items: options.items, only: [] });
    return {
      clicks: all,
      seen: excludeSeen ? [...seen, ...basket] : basket,
      seenBeyond: excludeSeen ? [...beyond, ...unknown] : unknown,
      isStored: ratings !== null,
    };
  }

  /**
   * Ranks the items for a profile.
   *
   * @param moment - of these options
   * @throws ArgumentError and UnsupportedError as `recommend`
   */
  async rank(profile: Profile, options: ProfileOptions, moment: Moment): Promise<RankedItems> {
    const { clicks, seen } = profile;
    const { exclude, only, offset = 0, n = recommendationLimits.defaultN } = options;
    checkCount('n', n);
    checkCount('offset', offset);
    const arrived = newItemsPage(moment, profile, { ...options, n, offset });
    const excluded = this.#indices(exclude, 'exclude');
    const others = only === undefined ? [] : this.vocabulary.others(this.#indices(only, 'only'));
    const isFallback = clicks.length === 0;
    const ranking = {
      model: this.#recommender,
      fallback: this.#popularity,
      isFallback,
      popularity: this.#popularityScale,
      clicks,
      rules: moment.rules(options),
      mask: moment.items.mask(seen.concat(excluded, others, arrived?.inModel ?? []), options),
    };
    const page = { n: arrived?.ranked ?? n, offset: arrived?.offset ?? offset };
    const { items, scores, ruled } = await rankedWindow(ranking, { ...options, ...page });
    const reasons = options.explain ? await reasonsFor(ranking, options, items) : null;
    const isPopularity = isFallback || this.#recommender.model === 'popularity';
    return {
      source: isPopularity ? 'popularity' : 'model',
      offset,
      items,
      scores,
      reasons,
      ...(ruled !== null && { ruled: ruled.on(items) }),
      ...(arrived !== null && { fresh: arrived.fresh }),
    };
  }

  /** The clicks among ratings that the model knows, as indices. */
  clicks(ratings: readonly UserRating[]): number[] {
    const clicked = ratings.filter((rating) => this.isClick(rating));
    return this.vocabulary.indices(clicked.map(({ itemId }) => itemId));
  }

  /** Whether a rating is a click by the run's protocol, and weighs enough for one. */
  isClick({ rating, isLight }: UserRating): boolean {
    return !isLight && isClick(rating, this.run.protocol.ratingThreshold);
  }

  /**
   * Checks that store and model both answer. It reads the catalogue and the rules where no request has yet, so that a
   * model that was just activated answers baskets also when the store is gone a moment later.
   *
   * @throws the error of the one that does not
   */
  async check(): Promise<void> {
    await this.#store.confirm();
    await this.moment({});
    const nobody = ClickMatrix.fromRows(this.#recommender.itemCount, [[]]);
    await this.#recommender.topN(nobody, 1, nobody);
  }

  /** The indices of the ids that the model knows. @throws ArgumentError for a text that cannot be an id */
  #indices(ids: readonly string[] | undefined, name: string): number[] {
    return ids === undefined || ids.length === 0
      ? []
      : this.vocabulary.indices(this.vocabulary.idsOf(ids, name));
  }

  /** The ids that the model does not know, each once. */
  #unknown(lists: Readonly<Record<'items' | 'only', readonly string[] | undefined>>): string[] {
    const ids = Object.entries(lists).flatMap(([name, list]) =>
      this.vocabulary.idsOf(list ?? [], name),
    );
    return [...new Set(ids.filter((id) => this.vocabulary.indexOf(id) === undefined))];
  }

  async #list(
    profile: Profile,
    options: ProfileOptions,
    moment: Moment,
  ): Promise<Omit<ProfileRecommendations, 'unknownItems'>> {
    const ranked = await this.rank(profile, options, moment);
    return {
      source: ranked.source,
      modelVersion: this.run.id,
      recommendationId: makeRecommendationId(this.run.id, ranked.source),
      offset: ranked.offset,
      items: recommendedItems(moment.items, ranked, options),
      ...(ranked.ruled !== undefined && { rules: ranked.ruled.applied }),
    };
  }
}
