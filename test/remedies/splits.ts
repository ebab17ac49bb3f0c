/** Remedies for data that cannot be split as they are asked to be. */

import { importRatings } from '../../src/data/import.js';
import { splitHome } from '../../src/home/reference-split.js';
import { remedies } from '../../src/remedies.js';
import { type Place, type RemedyCases, refusal, write } from './remedy-case.js';

/** Imports users with five clicks each. */
async function importUsers(place: Place, count: number): Promise<void> {
  const rows = Array.from({ length: 5 * count }, (_, k) => `${Math.floor(k / 5)},${k % 5}\n`);
  const path = write(place, 'clicks.csv', `user,item\n${rows.join('')}`);
  await importRatings(place.home, path, { replace: true });
}

const split = async (place: Place, heldoutUsers?: number) =>
  splitHome(place.home, heldoutUsers === undefined ? {} : { heldoutUsers });

export const splitCases = {
  splitNeedsFlags: {
    provoke: async (place) => {
      await importUsers(place, 9);
      return refusal(split(place));
    },
    expected: () =>
      remedies.splitNeedsFlags({
        cause: '9 users have enough clicks, too few to hold out a tenth of them',
        flags: '--heldout-users 1',
      }),
    apply: () => undefined,
    next: (place) => split(place, 1),
  },
  splitNeedsData: {
    provoke: async (place) => {
      await importUsers(place, 1);
      return refusal(split(place));
    },
    expected: () =>
      remedies.splitNeedsData({
        cause:
          '1 user has enough clicks; a split needs at least 3: to train on, for validation and for the test',
      }),
    apply: (place) => importUsers(place, 10),
    next: (place) => split(place),
  },
} satisfies RemedyCases;
