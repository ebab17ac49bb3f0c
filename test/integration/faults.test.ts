/** A short version of `npm run soak -- faults`: faults at any write and any load of a day. */

import { expect, it } from 'vitest';
import { whyNoFaults } from '../../bench/soak/faults/disk.js';
import { faultsInDays } from '../../bench/soak/faults/faults.js';

const reason = whyNoFaults();
const skipped = reason === null ? '' : ` (skipped: ${reason})`;

it.skipIf(reason !== null)(
  `loses nothing and leaves nothing, and the next command works, whatever fails${skipped}`,
  async () => {
    const { problems, deeds, injections, struck } = await faultsInDays(20, { isShort: true });
    expect(problems).toEqual([]);
    expect(injections).toBe(20);
    expect(struck).toBeGreaterThan(10);
    expect(deeds).toMatchObject({ train: 2, workers: 2, serve: 1, evaluate: 1 });
  },
  600_000,
);
