/** Finds the users of a home whose clicks a model finds most unusual. */

import { ClickMatrix } from '../data/click-matrix.js';
import type { UserId } from '../data/ids.js';
import { LargeMap } from '../data/large-map.js';
import { usersNotTrainedOn } from '../data/split/untrained-users.js';
import { type LabelledClicks, wholeProfiles } from '../data/split/users.js';
import type { CatalogueEntry } from '../data/store/catalogue.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import type { Store } from '../data/store/store.js';
import { type Anomaly, judgeProfiles } from '../model/anomaly.js';
import type { Generative, Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';

/** The part of the store that the search for unusual users reads. */
export type ProfileSource = Pick<Store, 'labelledClicks' | 'catalogue'> & {
  dataset(): Promise<Pick<DatasetSummary, 'dataHash'> | null>;
};

/** A click that the model finds unlikely for its user. */
export interface UnexpectedClick extends CatalogueEntry {
  /** The item's rank, from 1 on, among all items as the model orders them for this user. */
  readonly rank: number;
}

/** How unusual a user's clicks are, and why. */
export interface UnusualUser extends Anomaly {
  readonly userId: UserId;
  /** Clicks on items that the model knows. */
  readonly clicks: number;
  /** Whether the model was trained on this user, who is then compared only with other training users. */
  readonly trained: boolean;
  /** The clicks that the model ranks lowest, lowest first; at most three. */
  readonly leastExpected: readonly UnexpectedClick[];
}

/** The most unusual users of a home. */
export interface AnomalyList {
  /** The id of the run. */
  readonly modelVersion: string;
  /** How many users were judged. */
  readonly judged: number;
  /** I, the highest possible rank. */
  readonly items: number;
  /** False when the data have changed since the training; then no user counts as trained on. */
  readonly dataUnchanged: boolean;
  /** Most unusual first; ties in the order of the user ids. */
  readonly users: readonly UnusualUser[];
}

const maxUnexpected = 3;

/**
 * The n most unusual users of a home, by the ELBO of all their clicks.
 *
 * The run's protocol defines clicks and how many a user needs. A model explains its training users better than others.
 * So training users are compared with each other, and all others with the run's validation users, always among
 * profiles of about the same length (`AnomalyReference`).
 *
 * @param model - made from `run`
 */
export async function unusualUsers(
  store: ProfileSource,
  run: Pick<StoredRun, 'id' | 'protocol' | 'vocabulary' | 'split' | 'lineage'>,
  model: Recommender & Generative,
  n: number,
): Promise<AnomalyList> {
  const { ratingThreshold, minClicks } = run.protocol;
  const { users, profiles } = knownProfiles(
    await store.labelledClicks(ratingThreshold, minClicks),
    run.vocabulary.items,
  );
  const heldOut = usersNotTrainedOn(run);
  const dataUnchanged = (await store.dataset())?.dataHash === run.lineage.dataHash;
  const trained = users.map((user) => dataUnchanged && !heldOut.has(user));
  const all = [...users.keys()];
  const trainedProfiles = profiles.select(all.filter((u) => trained[u]));
  const others = profiles.select(all.filter((u) => !trained[u]));
  const judgedTrained =
    trainedProfiles.rows === 0 ? [] : await judgeProfiles(model, trainedProfiles, trainedProfiles);
  const judgedOthers =
    others.rows === 0
      ? []
      : await judgeProfiles(model, others, wholeProfiles(run.split.validation));
  const nextTrained = judgedTrained.values();
  const nextOther = judgedOthers.values();
  const judged = all.map((u) => (trained[u] ? nextTrained : nextOther).next().value!);
  const top = all.sort((u, v) => judged[v]!.score - judged[u]!.score || u - v).slice(0, n);
  const rows = profiles.select(top);
  const unexpected = await leastExpected(store, run.vocabulary.items, model, rows);
  return {
    modelVersion: run.id,
    judged: users.length,
    items: model.itemCount,
    dataUnchanged,
    users: top.map((u, place) => ({
      userId: users[u]!,
      clicks: rows.row(place).length,
      trained: trained[u]!,
      ...judged[u]!,
      leastExpected: unexpected[place]!,
    })),
  };
}

/** The clicks on items of a vocabulary, [U, I], of the users who have such clicks. */
function knownProfiles(
  { userIds, itemIds, clicks }: LabelledClicks,
  vocabulary: readonly string[],
): { users: UserId[]; profiles: ClickMatrix } {
  const indexOf = new LargeMap<string, number>(vocabulary.map((item, index) => [item, index]));
  const columns = itemIds.map((item) => indexOf.get(item) ?? -1);
  const users: UserId[] = [];
  const rows: number[][] = [];
  userIds.forEach((user, u) => {
    const row = Array.from(clicks.row(u), (item) => columns[item]!).filter((item) => item >= 0);
    if (row.length === 0) return;
    users.push(user);
    rows.push(row);
  });
  return { users, profiles: ClickMatrix.fromRows(vocabulary.length, rows) };
}

/** For each row, the clicks that the model ranks lowest among all items, lowest first; at most three. */
export async function leastExpected(
  store: Pick<ProfileSource, 'catalogue'>,
  vocabulary: readonly string[],
  model: Recommender,
  rows: ClickMatrix,
): Promise<UnexpectedClick[][]> {
  const unexpected: UnexpectedClick[][] = [];
  for (let u = 0; u < rows.rows; u++) {
    // One row at a time, so memory stays at [1, I].
    const scores = await model.score(rows.slice(u, u + 1));
    const lowest = Array.from(rows.row(u))
      .sort((i, j) => scores[i]! - scores[j]! || j - i)
      .slice(0, maxUnexpected);
    const entries = await store.catalogue(lowest.map((item) => vocabulary[item]!));
    unexpected.push(entries.map((entry, k) => ({ ...entry, rank: rankOf(scores, lowest[k]!) })));
  }
  return unexpected;
}

/** An item's rank by score, from 1 on; ties go to the lower index. */
function rankOf(scores: Float32Array, item: number): number {
  const own = scores[item]!;
  return 1 + scores.filter((score, i) => score > own || (score === own && i < item)).length;
}
