/** A short version of `npm run soak -- faults`: a disk that fails at any write of a day. */

import { expect, it } from 'vitest';
import { faultsAtWrites, whyNoFaults } from '../../bench/soak/faults.js';

const reason = whyNoFaults();
const skipped = reason === null ? '' : ` (skipped: ${reason})`;

it.skipIf(reason !== null)(
  `loses nothing and leaves nothing, and the next command works, whatever write fails${skipped}`,
  async () => {
    const { problems, deeds, injections } = await faultsAtWrites(12);
    expect(problems).toEqual([]);
    expect(injections).toBe(12);
    expect(deeds).toEqual({ import: 3, activate: 3, remove: 3, train: 1, serve: 1, evaluate: 1 });
  },
  600_000,
);
