/** Splits the clicks of each user: the last ones are held out. */
import type { ClickProtocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { role, splitByRoles } from './click-roles.js';
import type { TimedClicks } from './time.js';
import type { Split } from './users.js';

/**
 * Holds out each user's last K clicks for the test, and the K clicks before them for validation. The order is that of the
 * times, then that of the file; a click without a time comes before all others. A user with fewer than 2K + 1 clicks
 * hides none. The model sees all that came before the hidden clicks, in the test also the validation clicks.
 *
 * @param clicks - of users with `minClicks` clicks
 * @throws SplitError when no user has 2K + 1 clicks
 */
export function leaveLast(clicks: TimedClicks, protocol: ClickProtocol<'leave-last'>): Split {
  const { last } = protocol.heldOutClicks;
  const { clicks: source, times, positions } = clicks;
  const least = 2 * last + 1;
  const roleOf = new Uint8Array(source.clicks).fill(role.train);
  let longest = 0;
  for (let u = 0; u < source.rows; u++) {
    const first = source.offsets[u]!;
    const places = Array.from(source.row(u), (_, k) => first + k);
    longest = Math.max(longest, places.length);
    if (places.length < least) continue;
    places.sort((a, b) => earlier(times[a]!, times[b]!) || positions[a]! - positions[b]!);
    for (const k of places.slice(-last)) roleOf[k] = role.test;
    for (const k of places.slice(-2 * last, -last)) roleOf[k] = role.validation;
  }
  if (longest < least) {
    throw new SplitError(
      `no user has ${least} clicks, and to hold out the last ${last} of them for the test and ${last} for validation takes so many; the most are ${longest}. ${longest >= 3 ? `Hold out fewer: --last ${Math.floor((longest - 1) / 2)}` : 'Choose another --protocol, such as users'}`,
    );
  }
  return splitByRoles(clicks, protocol, {
    roleOf,
    minTrainClicks: 1,
    testFoldIn: 'all before the test',
  });
}

/** The order of two times; NaN comes first. */
function earlier(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return a - b;
}
