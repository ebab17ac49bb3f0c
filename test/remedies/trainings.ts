/** Remedies for trainings that were stopped. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../src/config/parse.js';
import { importRatings } from '../../src/data/import.js';
import { findCheckpoint, listRuns, removeRun } from '../../src/home/runs.js';
import { trainRun } from '../../src/home/training.js';
import { remedies } from '../../src/remedies.js';
import { type RemedyCases, refusal, write } from './remedy-case.js';

const run = 'mult-vae-20261127-100000-abcd';

export const trainingCases = {
  noCheckpoint: {
    provoke: async (place) => {
      const rows = Array.from({ length: 200 }, (_, k) => `${Math.floor(k / 10)},${k % 10}\n`);
      const path = write(place, 'clicks.csv', `user,item\n${rows.join('')}`);
      await importRatings(place.home, path);
      // A training whose first checkpoint did not fit on the disk leaves its folder alone.
      mkdirSync(join(place.home, 'runs', `.pending-${run}`), { recursive: true });
      return refusal(findCheckpoint(place.home));
    },
    expected: (place) =>
      remedies.noCheckpoint({ run, command: `multvae remove ${run} --home ${place.home}` }),
    apply: (place) => removeRun(place.home, run),
    next: async (place) => {
      const config = parseConfig('popularity');
      const { runId } = await trainRun({ home: place.home, config, protocol: { heldoutUsers: 2 } });
      const { runs, pending } = await listRuns(place.home);
      if (pending.length > 0 || runs[0]?.id !== runId) throw new Error('something is left over');
    },
  },
} satisfies RemedyCases;
