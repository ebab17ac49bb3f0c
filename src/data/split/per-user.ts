/** Splits the clicks of each user at random. */
import type { ClickProtocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { role, splitByRoles } from './click-roles.js';
import type { LabelledClicks, Split } from './users.js';

/** The part of each user's clicks that is for the test where nobody names one. */
export const defaultShare = 0.1;

/** A user with fewer clicks hides none: one to train on, one for validation, one for the test. */
const minClicksToHide = 3;

/**
 * Holds out a share of each user's clicks at random for the test, and as many for validation: of n clicks ⌊share · n⌋
 * each, at least one. A user with fewer than three clicks hides none. The model sees all other clicks of a test user,
 * validation clicks included, and the training clicks of a validation user.
 *
 * A user's part depends on the seed, the user's id and the user's clicks alone.
 *
 * @param clicks - of users with `minClicks` clicks
 * @throws SplitError when no user has three clicks
 */
export function splitPerUser(clicks: LabelledClicks, protocol: ClickProtocol<'per-user'>): Split {
  const { share } = protocol.heldOutClicks;
  const { clicks: source, userIds } = clicks;
  const roleOf = new Uint8Array(source.clicks).fill(role.train);
  let hiding = 0;
  for (let u = 0; u < source.rows; u++) {
    const first = source.offsets[u]!;
    const count = source.row(u).length;
    if (count < minClicksToHide) continue;
    hiding++;
    const size = Math.max(1, Math.trunc(share * count));
    const stream = new RandomStream(protocol.splitSeed, `per-user split/${userIds[u]!}`);
    const order = stream.permutation(count);
    for (const place of order.subarray(0, size)) roleOf[first + place] = role.test;
    for (const place of order.subarray(size, 2 * size)) roleOf[first + place] = role.validation;
  }
  if (hiding === 0) {
    throw new SplitError(
      `no user has ${minClicksToHide} clicks: one to train on, one for validation and one for the test; choose another --protocol, such as users`,
    );
  }
  return splitByRoles(clicks, protocol, {
    roleOf,
    minTrainClicks: 1,
    testFoldIn: 'all before the test',
  });
}
