/** Recommendations by external ids: profiles from the database, scores from a run's model. */

import { randomUUID } from 'node:crypto';
import { isClick } from '../data/click.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { userIdOf } from '../data/ids.js';
import type { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import type { UserRating } from '../data/store/users.js';
import { checkCount, quote, UnknownUserError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import { popularityScale } from '../model/ranking/moved-scores.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import { type RecommendationsLeft, recommendationsLeft } from './empty-answer.js';
import { type CatalogueSource, KnownItems } from './known-items.js';
import { NewItems, type NewItemsSource } from './new-items/new-items.js';
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
import { ModelRules } from './rules/model-rules.js';
import type { RuleBook } from './rules/rule-book.js';
import type { ServedModel } from './served-models.js';

/** The part of the database that recommendations read. */
export type RatingsSource = CatalogueSource &
  NewItemsSource &
  Pick<RatingsDatabase, 'userRatings' | 'version' | 'dataset' | 'confirm'>;

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
  readonly items: KnownItems;
  readonly rules: ModelRules;
  readonly #database: RatingsSource;
  readonly #recommender: Recommender;
  readonly #popularity: Recommender;
  readonly #popularityScale: Float64Array;
  readonly #newItems: NewItems;

  /**
   * @param recommender - made from `run`; the caller disposes it
   * @param rules - the shop's; null for none
   */
  constructor(
    database: RatingsSource,
    run: ServedRun,
    recommender: Recommender,
    rules: RuleBook | null = null,
  ) {
    this.run = run;
    this.items = new KnownItems(database, run.vocabulary);
    this.rules = new ModelRules(rules, this.items);
    this.#database = database;
    this.#recommender = recommender;
    this.#popularity = new Popularity(run.vocabulary.trainClicks);
    this.#popularityScale = popularityScale(run.vocabulary.trainClicks);
    const { trainClicks } = run.vocabulary;
    this.#newItems = new NewItems(database, { known: this.items, trainClicks }, rules);
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
    const id = this.userId(userId);
    const { items, only } = options;
    const profile = this.profile(id, options);
    const list = await this.#list(profile, options);
    if (items === undefined && only === undefined) return { userId: id, ...list };
    const unknownItems = this.#unknown({ items, only });
    return { userId: id, userKnown: profile.isStored, ...list, unknownItems };
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
    const clicks = this.#indices(itemIds, 'items');
    if (clicks.length === 0 && options.fallback === 'none') {
      throw new UnknownUserError(
        'the model knows none of these items, and fallback is none; allow popularity, or send other items',
      );
    }
    const seenBeyond = this.#unknown({ items: itemIds, only: [] });
    const list = await this.#list({ clicks, seen: clicks, seenBeyond }, options);
    return { ...list, unknownItems: this.#unknown({ items: itemIds, only: options.only }) };
  }

  /** How many items there are to recommend to a user, whatever the page. */
  left(userId: string, options: RecommendationOptions = {}): RecommendationsLeft {
    const { seen } = this.profile(this.userId(userId), { ...options, fallback: 'popularity' });
    return recommendationsLeft(this.items, seen, options);
  }

  /** The same for an anonymous profile. */
  leftFor(itemIds: readonly string[], options: ProfileOptions = {}): RecommendationsLeft {
    return recommendationsLeft(this.items, this.#indices(itemIds, 'items'), options);
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
   * A user's clicks, those of the basket after the stored ones, and the items to leave out.
   *
   * @throws UnknownUserError as `recommend`
   */
  profile(userId: string, options: RecommendationOptions): UserProfile {
    const ratings = this.#database.userRatings(userId);
    const basket = this.#indices(options.items, 'items');
    const clicks: number[] = [];
    const seen: number[] = [];
    const beyond: string[] = [];
    for (const rating of ratings ?? []) {
      const item = this.items.indexOf(rating.itemId);
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
   * @throws ArgumentError and UnsupportedError as `recommend`
   */
  async rank(profile: Profile, options: ProfileOptions): Promise<RankedItems> {
    const { clicks, seen } = profile;
    const { exclude, only, offset = 0, n = recommendationLimits.defaultN } = options;
    checkCount('n', n);
    checkCount('offset', offset);
    const arrived = this.#newItems.page(profile, { ...options, n, offset });
    const excluded = this.#indices(exclude, 'exclude');
    const others = only === undefined ? [] : this.items.others(this.#indices(only, 'only'));
    const isFallback = clicks.length === 0;
    const ranking = {
      model: this.#recommender,
      fallback: this.#popularity,
      isFallback,
      popularity: this.#popularityScale,
      clicks,
      rules: this.rules.of(options),
      mask: this.items.mask(seen.concat(excluded, others, arrived?.inModel ?? []), options),
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
    return this.items.indices(clicked.map(({ itemId }) => itemId));
  }

  /** Whether a rating is a click by the run's protocol, and weighs enough for one. */
  isClick({ rating, isLight }: UserRating): boolean {
    return !isLight && isClick(rating, this.run.protocol.ratingThreshold);
  }

  /** Checks that database and model both answer. @throws the error of the one that does not */
  async check(): Promise<void> {
    this.#database.confirm();
    this.#database.dataset();
    const nobody = ClickMatrix.fromRows(this.#recommender.itemCount, [[]]);
    await this.#recommender.topN(nobody, 1, nobody);
  }

  /** The indices of the ids that the model knows. @throws ArgumentError for a text that cannot be an id */
  #indices(ids: readonly string[] | undefined, name: string): number[] {
    return ids === undefined || ids.length === 0
      ? []
      : this.items.indices(this.items.idsOf(ids, name));
  }

  /** The ids that the model does not know, each once. */
  #unknown(lists: Readonly<Record<'items' | 'only', readonly string[] | undefined>>): string[] {
    const ids = Object.entries(lists).flatMap(([name, list]) => this.items.idsOf(list ?? [], name));
    return [...new Set(ids.filter((id) => this.items.indexOf(id) === undefined))];
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
      items: recommendedItems(this.items, ranked, options),
      ...(ranked.ruled !== undefined && { rules: ranked.ruled.applied }),
    };
  }
}

/** The recommendations of each served model, made once and kept as long as the model. */
export type RecommendationsOf = (model: ServedModel) => Recommendations;

/**
 * Makes `RecommendationsOf` over one database.
 *
 * @param rules - the shop's; null for none
 */
export function recommendationsPerModel(
  database: RatingsSource,
  rules: RuleBook | null = null,
): RecommendationsOf {
  const made = new WeakMap<ServedModel, Recommendations>();
  return (model) => {
    let own = made.get(model);
    if (own === undefined) {
      own = new Recommendations(database, model.run, model.recommender, rules);
      made.set(model, own);
    }
    return own;
  };
}
