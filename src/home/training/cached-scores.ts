/** What trying many blends of the same members needs: each member scores the same rows once. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import { type HeldOutUsers, hiddenCounts, selectUsers } from '../../data/split/users.js';
import type { Recommender } from '../../model/recommender.js';

/** The scores of all members that are kept while weights are tried, in bytes. */
const maxCacheBytes = 256 * 2 ** 20;
/** Weights are chosen on at least so many users, whatever their scores take. */
const minUsers = 200;

/**
 * The first users that have a hidden click, as many as 256 MB of scores allow and at least 200; the same object where
 * these are all.
 *
 * @param profiles - rows that are scored of a user
 */
export function usersThatFit(
  users: HeldOutUsers,
  members: readonly Recommender[],
  profiles: number,
): HeldOutUsers {
  const bytes = members.reduce((sum, { itemCount }) => sum + 4 * itemCount * profiles, 0);
  const count = Math.max(minUsers, Math.floor(maxCacheBytes / Math.max(1, bytes)));
  const hidden = hiddenCounts(users);
  const measured = users.users.map((_, u) => u).filter((u) => hidden[u]! > 0);
  if (measured.length <= count) return users;
  return selectUsers(users, measured.slice(0, count));
}

/** A model that computes the scores of the same rows once. It ranks nothing. */
export class CachedScores implements Recommender {
  readonly model: string;
  readonly itemCount: number;
  readonly #model: Recommender;
  readonly #scores = new Map<string, Float32Array>();

  constructor(model: Recommender) {
    this.model = model.model;
    this.itemCount = model.itemCount;
    this.#model = model;
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    const key = `${rows.offsets.join()};${rows.items.join()}`;
    const known = this.#scores.get(key);
    if (known !== undefined) return known;
    const scores = await this.#model.score(rows);
    this.#scores.set(key, scores);
    return scores;
  }

  topN(rows: ClickMatrix, n: number, mask: ClickMatrix) {
    return this.#model.topN(rows, n, mask);
  }

  dispose(): void {
    // The model stays with its owner.
  }
}
