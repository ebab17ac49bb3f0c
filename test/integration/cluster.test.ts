/** A short cluster test: three replicas behind HAProxy on one PostgreSQL, of which each meets a mishap. */

import { expect, it } from 'vitest';
import { clusterMissing, clusterTest } from '../../bench/soak/cluster/cluster.js';

const missing = clusterMissing();
if (missing !== null) console.warn(`the cluster test is skipped: ${missing}`);

it.skipIf(missing !== null)(
  'replicas answer rightly, lose nothing and fail only where they must',
  async () => {
    const summary = await clusterTest({
      minutes: 10,
      mishaps: ['kill', 'database-fast', 'cut'],
      seed: 1,
      users: 30,
      events: 6,
      cutMs: 3000,
      downMs: 500,
      pauseMs: 20,
      restMs: 500,
      // A machine with other work may be late by this much; what is never shown still fails.
      slackMs: 3000,
      onLine: () => undefined,
    });
    // Every count that must be zero is part of `passed`; the summary says which was not.
    expect(summary.passed, JSON.stringify(summary)).toBe(true);
    expect(summary).toMatchObject({ mishaps: { kills: 1, cuts: 1, databaseRestarts: 1 } });
    expect(summary.acknowledged).toBeGreaterThan(0);
    expect(summary.activations.done).toBeGreaterThan(0);
  },
  300_000,
);
