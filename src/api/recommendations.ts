import { ClickMatrix } from '../data/click-matrix.js';
import type { RatingsDatabase, UserRating } from '../data/database/ratings-database.js';
import type { ItemId } from '../data/ids.js';
import { UnknownUserError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';

/** What serving asks of the database. */
export type RatingsSource = Pick<RatingsDatabase, 'userRatings' | 'catalogue' | 'dataset'>;

/** What serving needs of a run besides its recommender. */
export type ServedRun = Pick<StoredRun, 'id' | 'protocol' | 'vocabulary'>;

/** What a request may choose. */
export interface RecommendationOptions {
  /** From 1 on; a user who has rated nearly everything gets fewer. */
  readonly n: number;
  /** Whether to leave out every item that the user has rated, however low. */
  readonly excludeSeen: boolean;
  /** For a user without a click that the model knows: what everyone likes, or an error. */
  readonly fallback: 'popularity' | 'none';
}

/** The limits and defaults of the options, the same for every way in. */
export const recommendationLimits = { maxN: 1000, defaultN: 10 } as const;

/** One recommended item. */
export interface RecommendedItem {
  readonly itemId: ItemId;
  /** From 1 on. */
  readonly rank: number;
  /** The model's score, comparable within one answer only; training clicks when popularity answers. */
  readonly score: number;
  readonly title: string | null;
  readonly genres: readonly string[];
  readonly year: number | null;
}

/** The answer to "what should this user see", as HTTP and the command line give it. */
export interface RecommendationList {
  readonly userId: string;
  /** Whether the user's own clicks decided, or everyone's. */
  readonly source: 'model' | 'popularity';
  /** The id of the run. */
  readonly modelVersion: string;
  readonly items: readonly RecommendedItem[];
}

/** Recommendations by external ids: ratings and titles from the database, scores from a run's model. */
export class Recommendations {
  readonly run: ServedRun;
  readonly #database: RatingsSource;
  readonly #recommender: Recommender;
  readonly #popularity: Recommender;
  readonly #indexOf: ReadonlyMap<ItemId, number>;

  /** @param recommender - made from `run`; the caller disposes it */
  constructor(database: RatingsSource, run: ServedRun, recommender: Recommender) {
    this.run = run;
    this.#database = database;
    this.#recommender = recommender;
    this.#popularity = new Popularity(run.vocabulary.trainClicks);
    this.#indexOf = new Map(run.vocabulary.items.map((item, index) => [item, index]));
  }

  /**
   * The best items for a user, from the ratings stored at this moment.
   *
   * The user need not have been there when the model was trained. Ties go to the item that comes first
   * in the vocabulary.
   *
   * @throws UnknownUserError with `fallback: 'none'`, when the model knows none of the user's clicks
   */
  async recommend(userId: string, options: RecommendationOptions): Promise<RecommendationList> {
    const ratings = this.#database.userRatings(userId);
    const clicks = this.#known((ratings ?? []).filter((rating) => this.#isClick(rating)));
    if (clicks.length === 0 && options.fallback === 'none') {
      throw new UnknownUserError(
        ratings === null
          ? `no user ${JSON.stringify(userId)} is stored, and no fallback was wanted`
          : `the model knows none of the clicks of user ${JSON.stringify(userId)}, and no fallback was wanted`,
      );
    }
    const recommender = clicks.length === 0 ? this.#popularity : this.#recommender;
    const seen = options.excludeSeen ? this.#known(ratings ?? []) : [];
    const row = (items: number[]) => ClickMatrix.fromRows(recommender.itemCount, [items]);
    const best = await recommender.topN(row(clicks), options.n, row(seen));
    const ids: ItemId[] = [];
    for (const item of best.items) {
      if (item >= 0) ids.push(this.run.vocabulary.items[item]!);
    }
    return {
      userId,
      source: recommender.model === 'popularity' ? 'popularity' : 'model',
      modelVersion: this.run.id,
      items: this.#database.catalogue(ids).map(({ itemId, title, genres, year }, place) => ({
        ...{ itemId, rank: place + 1, score: best.scores[place]! },
        ...{ title, genres, year },
      })),
    };
  }

  /** Whether database and model both answer; what does not is thrown. */
  async check(): Promise<void> {
    this.#database.dataset();
    const nobody = ClickMatrix.fromRows(this.#recommender.itemCount, [[]]);
    await this.#recommender.topN(nobody, 1, nobody);
  }

  #isClick({ rating }: UserRating): boolean {
    const { ratingThreshold } = this.run.protocol;
    return rating === null || ratingThreshold === null || rating > ratingThreshold;
  }

  /** Indices of the items that the model knows. */
  #known(ratings: readonly UserRating[]): number[] {
    return ratings.flatMap(({ itemId }) => this.#indexOf.get(itemId) ?? []);
  }
}
