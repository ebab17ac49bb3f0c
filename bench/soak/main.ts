/**
 * Runs soak tests by name: `npm run soak [-- NAME[=COUNT[:SEED]]…]`; without a name, all of them.
 *
 * `--home FOLDER` keeps the home of the nights, to look at with `multvae serve`.
 */

import { parseArgs } from 'node:util';
import { postgresMissing } from '../../test/fixtures/postgres.js';
import { cleanUp } from './cleanup.js';
import { whyNoFaults } from './faults/disk.js';
import { faultsInDays } from './faults/faults.js';
import { fuzz } from './fuzz.js';
import { kills } from './kills.js';
import { memory } from './memory.js';
import { nights } from './nights/nights.js';
import { overload } from './overload.js';
import { pgKills } from './pg-kills.js';
import { readers } from './readers/readers.js';
import { restarts } from './restarts.js';
import { searches } from './searches.js';
import { swaps } from './swaps.js';

const { values: flags, positionals: words } = parseArgs({
  options: { home: { type: 'string' } },
  allowPositionals: true,
});

/** The full-length versions; `test/integration/soak.test.ts` runs short ones. */
const soaks: Readonly<Record<string, (count: number, seed: number) => Promise<object>>> = {
  kills: (count) => kills(count || 200),
  swaps: (count) => swaps(count || 200),
  restarts: (count) => restarts(count || 50),
  memory: (count) => memory(count || 1_000_000),
  fuzz: (count) => fuzz(count || 10_000),
  readers: (count) => readers(count || 20_000),
  nights: (count) => nights(count || 30, flags),
  faults: async (count, seed) => {
    const reason = whyNoFaults();
    if (reason !== null) return { skipped: reason };
    return faultsInDays(count || 500, { seed });
  },
  overload: (count) => overload(count || 1500),
  searches: (count, seed) => searches(count || 10, seed),
  'pg-kills': async (count) => {
    const reason = postgresMissing();
    return reason === null ? pgKills(count || 30) : { skipped: reason };
  },
};

for (const word of words.length > 0 ? words : Object.keys(soaks)) {
  const [name = '', count = '0', seed = '1'] = word.split(/[=:]/);
  const soak = soaks[name];
  if (soak === undefined) {
    process.stderr.write(
      `soak: unknown name ${name}; use one of ${Object.keys(soaks).join(', ')}\n`,
    );
    process.exitCode = 2;
    break;
  }
  const begin = performance.now();
  const outcome = await soak(Number(count), Number(seed)).finally(cleanUp);
  const seconds = Math.round((performance.now() - begin) / 1000);
  process.stdout.write(`${JSON.stringify({ soak: name, ...outcome, seconds })}\n`);
}
