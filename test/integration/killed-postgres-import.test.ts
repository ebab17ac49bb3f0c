/** An import into PostgreSQL that is killed loses nothing; `npm run soak -- pg-kills` is the long version. */

import { expect, it } from 'vitest';
import { pgKills } from '../../bench/soak/pg-kills.js';
import { postgresMissing } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

it.skipIf(missing !== null)(
  'leaves the old data or all of the new data, and every event, when it is killed',
  async () => {
    const outcome = await pgKills(6, 1000);
    expect(outcome).toMatchObject({ imports: 6, torn: 0, lost: 0 });
    expect(outcome.killed).toBeGreaterThan(0);
    expect(outcome.acknowledged).toBeGreaterThan(0);
    expect(outcome.old + outcome.whole).toBe(6);
  },
  300_000,
);
