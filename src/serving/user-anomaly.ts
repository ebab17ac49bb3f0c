/** Judges how unusual one stored user's clicks are, fast enough for a request. */

import { setImmediate } from 'node:timers/promises';
import { ClickMatrix } from '../data/click-matrix.js';
import { idOrder } from '../data/ids.js';
import { usersNotTrainedOn } from '../data/split/untrained-users.js';
import { wholeProfiles } from '../data/split/users.js';
import type { Store } from '../data/store/store.js';
import type { UserRating } from '../data/store/users.js';
import { quote, UnknownUserError, UnsupportedError } from '../errors.js';
import { type Anomaly, AnomalyReference, nearestInLength } from '../model/anomaly.js';
import { isGenerative } from '../model/recommender.js';
import { leastExpected, type UnexpectedClick } from './anomalies.js';
import type { Recommendations } from './recommendations.js';
import type { ServedModel } from './served-models.js';

/** The part of the store that judging reads. */
export type UserSource = Pick<
  Store,
  'userRatings' | 'userIds' | 'userHistory' | 'catalogue' | 'dataset'
>;

/** How unusual one user's clicks are, and why. */
export interface UserAnomaly extends Anomaly {
  readonly userId: string;
  /** The id of the run. */
  readonly modelVersion: string;
  /** Nats of the whole profile: elbo = −nll − kl. */
  readonly elbo: number;
  readonly nll: number;
  readonly kl: number;
  /** Clicks on items that the model knows. */
  readonly clicks: number;
  /** Whether the model was trained on this user, who is then compared only with other training users. */
  readonly trained: boolean;
  /** I, the highest possible rank. */
  readonly items: number;
  /** The clicks that the model ranks lowest, lowest first; at most three. */
  readonly leastExpected: readonly UnexpectedClick[];
}

/** A training user is compared with users among the first of the file, up to this many. */
const maxCompared = 10_000;
/** Users to read before other requests get their turn. */
const readAtOnce = 200;

/** Profiles of training users, ascending by length. */
interface TrainingUsers {
  readonly ids: readonly string[];
  readonly lengths: readonly number[];
}

/**
 * Judges users one at a time. The result is that of `unusualUsers`, but only the sixty profiles that a user is
 * compared with need an ELBO. A training user is compared with users among the first 10,000.
 */
export class UserAnomalies {
  readonly #store: UserSource;
  readonly #model: ServedModel;
  readonly #recommendations: Recommendations;
  readonly #heldOut: ReadonlySet<string>;
  #trainingUsers: Promise<TrainingUsers> | null = null;

  constructor(store: UserSource, model: ServedModel, recommendations: Recommendations) {
    this.#store = store;
    this.#model = model;
    this.#recommendations = recommendations;
    this.#heldOut = usersNotTrainedOn(model.run);
  }

  /**
   * Judges one user.
   *
   * @throws UnknownUserError when the user is not stored, or the model knows none of the user's clicks
   * @throws UnsupportedError when the model has no ELBO, or there are too few users to compare with
   */
  async judge(userId: string): Promise<UserAnomaly> {
    const { run, recommender } = this.#model;
    if (!isGenerative(recommender)) {
      throw new UnsupportedError(
        `the model ${recommender.model} has no ELBO to judge a profile by; choose a run of mult-vae`,
      );
    }
    const ratings = await this.#store.userRatings(userId);
    if (ratings === null) throw new UnknownUserError(`no user ${quote(userId)} is stored`);
    const clicks = this.#recommendations.clicks(ratings);
    if (clicks.length === 0) {
      throw new UnknownUserError(`the model knows none of the clicks of user ${quote(userId)}`);
    }
    const trained = await this.#isTrained(userId);
    const others = trained
      ? await this.#trainedLike(clicks.length)
      : this.#validationLike(clicks.length);
    if (others.rows < 2) {
      throw new UnsupportedError(
        `run ${run.id} knows ${others.rows} users to compare with; at least 2 are needed`,
      );
    }
    const profile = ClickMatrix.fromRows(recommender.itemCount, [clicks]);
    const reference = AnomalyReference.of(others, (await recommender.elbo(others)).elbo);
    const { elbo, nll, kl } = await recommender.elbo(profile);
    const vocabulary = run.vocabulary.items;
    const [unexpected] = await leastExpected(this.#store, vocabulary, recommender, profile);
    return {
      userId,
      modelVersion: run.id,
      ...reference.judge(profile, elbo)[0]!,
      elbo: elbo[0]!,
      nll: nll[0]!,
      kl: kl[0]!,
      clicks: clicks.length,
      trained,
      items: recommender.itemCount,
      leastExpected: unexpected!,
    };
  }

  async #isTrained(userId: string): Promise<boolean> {
    const { lineage, protocol } = this.#model.run;
    if (this.#heldOut.has(userId)) return false;
    if ((await this.#store.dataset())?.dataHash !== lineage.dataHash) return false;
    const history = (await this.#store.userHistory(userId)) ?? [];
    const imported = history.filter(({ source }) => source === 'import');
    return this.#hasEnough(imported, protocol.minClicks);
  }

  #hasEnough(ratings: readonly UserRating[], minClicks: number): boolean {
    const clicks = ratings.filter((rating) => this.#recommendations.isClick(rating));
    return clicks.length >= Math.max(1, minClicks);
  }

  #validationLike(length: number): ClickMatrix {
    const profiles = wholeProfiles(this.#model.run.split.validation);
    const rows = Array.from({ length: profiles.rows }, (_, u) => profiles.row(u).length);
    const known = [...rows.keys()].filter((u) => rows[u]! > 0);
    const order = known.sort((u, v) => rows[u]! - rows[v]!);
    const sorted = order.map((u) => rows[u]!);
    return profiles.select(order.slice(...nearestInLength(sorted, length)));
  }

  async #trainedLike(length: number): Promise<ClickMatrix> {
    this.#trainingUsers ??= this.#readTrainingUsers();
    const { ids, lengths } = await this.#trainingUsers;
    const near = ids.slice(...nearestInLength(lengths, length));
    const rows: number[][] = [];
    for (const id of near) rows.push(await this.#clicksOf(id));
    return ClickMatrix.fromRows(this.#model.recommender.itemCount, rows);
  }

  async #clicksOf(userId: string): Promise<number[]> {
    return this.#recommendations.clicks((await this.#store.userRatings(userId)) ?? []);
  }

  async #readTrainingUsers(): Promise<TrainingUsers> {
    const { minClicks } = this.#model.run.protocol;
    const first = await this.#store.userIds(maxCompared);
    const candidates = first.filter((id) => !this.#heldOut.has(id));
    const found: { id: string; length: number }[] = [];
    for (const [place, id] of candidates.sort(idOrder(candidates)).entries()) {
      if (place % readAtOnce === readAtOnce - 1) await setImmediate();
      const ratings = (await this.#store.userRatings(id)) ?? [];
      const { length } = this.#recommendations.clicks(ratings);
      if (length > 0 && this.#hasEnough(ratings, minClicks)) found.push({ id, length });
    }
    found.sort((a, b) => a.length - b.length);
    return { ids: found.map(({ id }) => id), lengths: found.map(({ length }) => length) };
  }
}
