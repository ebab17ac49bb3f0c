/** What Prometheus reads of the nights. */

import { describe, expect, it } from 'vitest';
import { type PastNight, ServingMetrics } from './metrics.js';

const night = (day: number, outcome: string): PastNight => ({
  outcome,
  endedAt: `2026-11-0${day}T03:00:00.000Z`,
});
const seconds = (day: number) => Date.parse(`2026-11-0${day}T03:00:00.000Z`) / 1000;

async function lines(read: () => Promise<readonly PastNight[]>): Promise<string[]> {
  const metrics = new ServingMetrics();
  metrics.watchNights(read);
  const text = await metrics.gather();
  return text.split('\n').filter((line) => /^multvae_last_/.test(line));
}

describe('ServingMetrics.watchNights', () => {
  it('tells when the last night of each outcome ended, and the last that did not fail', async () => {
    const nights = [night(5, 'failed'), night(4, 'kept'), night(3, 'kept'), night(2, 'activated')];
    expect((await lines(async () => nights)).sort()).toEqual([
      `multvae_last_good_night_timestamp_seconds ${seconds(4)}`,
      `multvae_last_night_timestamp_seconds{outcome="activated"} ${seconds(2)}`,
      `multvae_last_night_timestamp_seconds{outcome="failed"} ${seconds(5)}`,
      `multvae_last_night_timestamp_seconds{outcome="kept"} ${seconds(4)}`,
    ]);
  });

  it('says 0 where there was none, or the store is gone', async () => {
    const none = ['multvae_last_good_night_timestamp_seconds 0'];
    expect(await lines(async () => [])).toEqual(none);
    expect(await lines(() => Promise.reject(new Error('gone')))).toEqual(none);
  });
});
