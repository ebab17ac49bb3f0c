/** Keeps who is held out when the data grow, so that a model of yesterday can be measured today. */
import type { Protocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { NumpyLegacyRandom } from '../../random.js';
import type { UserId } from '../ids.js';
import { LargeMap } from '../large-map.js';
import { userDraw } from './user-hash.js';
import { type LabelledClicks, type Split, splitInto } from './users.js';

/** Whom an earlier run held out, and whom it was trained on. */
export interface EarlierUsers {
  readonly validation: readonly UserId[];
  readonly test: readonly UserId[];
  /** Whether the run was trained on a user; null where the run does not record its users. */
  readonly isTrained: ((user: UserId) => boolean) | null;
}

/** A protocol that keeps the held-out users of a run. */
export type KeptProtocol = Protocol & { readonly kept: NonNullable<Protocol['kept']> };

/**
 * Splits users so that those whom an earlier run held out stay held out, in the same set. Of users whom that run was not
 * trained on, a fixed share joins each set, by a hash of the user's id and the seed. All others are training users. So
 * no model of this split is measured on a user whom the earlier run was trained on.
 *
 * A user who has too few clicks now takes no part. Nobody joins where it is not known whom the run was trained on. With
 * the data of the earlier run, the split is that of the earlier run.
 *
 * @param clicks - already filtered by `protocol.ratingThreshold` and `protocol.minClicks`
 * @param protocol - `heldoutUsers` is counted anew
 * @throws SplitError when a set has no user left, or no hidden click
 */
export function keptGeneralization(
  clicks: LabelledClicks,
  protocol: KeptProtocol,
  earlier: EarlierUsers,
): Split {
  const { splitSeed, kept } = protocol;
  const setOf = new LargeMap<UserId, 'validation' | 'test'>();
  for (const user of earlier.validation) setOf.set(user, 'validation');
  for (const user of earlier.test) setOf.set(user, 'test');
  const drawn = (user: UserId) => {
    if (earlier.isTrained === null || earlier.isTrained(user)) return 'train';
    const draw = userDraw(`held out, seed ${splitSeed}`, user);
    if (draw < kept.share) return 'test';
    return draw < 2 * kept.share ? 'validation' : 'train';
  };
  const sets: Record<'train' | 'validation' | 'test', number[]> = {
    train: [],
    validation: [],
    test: [],
  };
  for (const row of new NumpyLegacyRandom(splitSeed).permutation(clicks.userIds.length)) {
    const user = clicks.userIds[row]!;
    sets[setOf.get(user) ?? drawn(user)].push(row);
  }
  for (const [name, rows] of Object.entries(sets)) {
    if (rows.length > 0) continue;
    throw new SplitError(
      `of the ${clicks.userIds.length} users with ${protocol.minClicks} clicks or more, none is a ${name === 'train' ? 'training' : name} user where the held-out users of run ${kept.run} stay held out; hold others out, without --heldout-from`,
    );
  }
  return splitInto(
    clicks,
    { ...protocol, heldoutUsers: sets.test.length },
    {
      train: Int32Array.from(sets.train),
      validation: Int32Array.from(sets.validation),
      test: Int32Array.from(sets.test),
    },
  );
}
