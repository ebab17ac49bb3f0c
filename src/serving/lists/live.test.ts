/** Lists that are shown, what users do with them, and the figures of both. */

import { describe, expect, it } from 'vitest';
import type { ListCount, ListCounts, ListEvent } from '../../data/store/lists.js';
import { BusyError } from '../../errors.js';
import { latencyClass, latencyQuantile } from './latency-classes.js';
import { liveFigures } from './live.js';
import { rateOf } from './rate.js';
import {
  idsFrom,
  makeRecommendationId,
  parseRecommendationId,
  runKey,
} from './recommendation-id.js';
import { ShownLists } from './shown-lists.js';

const noon = Date.UTC(2026, 10, 28, 12);
const dayMs = 86_400_000;
const run = 'mult-vae-20261128-050356-4f2a';
const older = 'ease-20261126-010203-abcd';

describe('an id of a list', () => {
  it('is a UUID of version 8 that says when, with which run and by which arm', () => {
    const ids = Array.from({ length: 2000 }, () => makeRecommendationId(run, 'popularity', noon));
    expect(new Set(ids).size).toBe(2000);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(parseRecommendationId(id)).toEqual({
        at: noon,
        arm: 'popularity',
        runKey: runKey(run),
      });
    }
    expect(new Set(ids.map((id) => id[19]))).toEqual(new Set(['8', '9', 'a', 'b']));
  });

  it('sorts by time, and others say nothing', () => {
    expect(makeRecommendationId(run, 'model', noon - 1) < idsFrom(noon)).toBe(true);
    expect(makeRecommendationId(run, 'model', noon) >= idsFrom(noon)).toBe(true);
    expect(parseRecommendationId('7fdbfcbc-4487-49ea-90cd-a21e1d9743c3')).toBeNull();
    expect(parseRecommendationId('0193f0a0-0000-8f00-8000-000000000000')).toBeNull();
  });
});

/** A store in memory. */
class MemoryLists implements ListCounts {
  counts: ListCount[] = [];
  told: ListEvent[] = [];
  isBusy = false;
  async add(counts: readonly ListCount[]): Promise<void> {
    if (this.isBusy) throw new BusyError('another process writes');
    this.counts.push(...counts);
  }
  async read(from: string): Promise<ListCount[]> {
    return this.counts.filter(({ day }) => day >= from);
  }
  async *events(from: string, to: string) {
    const found = this.told.filter(({ recommendationId: id }) => id >= from && id < to);
    found.sort((a, b) => (a.recommendationId < b.recommendationId ? -1 : 1));
    for (let k = 0; k < found.length; k += 3) yield found.slice(k, k + 3);
  }
}

describe('counts of lists', () => {
  it('are added together, and kept while the store cannot be written', async () => {
    const store = new MemoryLists();
    const remarks: string[] = [];
    let now = noon;
    const shown = new ShownLists(
      store,
      (text) => void remarks.push(text),
      () => now,
    );
    shown.shown({ run, arm: 'model', length: 20, ms: 1 });
    store.isBusy = true;
    await shown.flush();
    await shown.flush();
    expect(remarks).toEqual([
      '1 lists are counted and cannot be stored yet: another process writes',
    ]);
    shown.shown({ run, arm: 'model', length: 20, ms: 1 });
    now += dayMs;
    shown.shown({ run, arm: 'popularity', length: 0, ms: 1 });
    expect(shown.unstored).toBe(3);
    store.isBusy = false;
    await shown.close();
    expect(shown.unstored).toBe(0);
    const lengths = store.counts.filter(({ measure }) => measure === 'length');
    expect(lengths).toEqual([
      { day: '2026-11-28', run, arm: 'model', measure: 'length', value: 20, count: 2 },
      { day: '2026-11-29', run, arm: 'popularity', measure: 'length', value: 0, count: 1 },
    ]);
    await shown.close();
    expect(store.counts).toHaveLength(4);
  });
});

describe('liveFigures', () => {
  it('counts lists, clicks and conversions by run, source, day and place', async () => {
    const store = new MemoryLists();
    const listed = (day: string, of: string, arm: string, value: number, count: number) =>
      store.counts.push({ day, run: of, arm, measure: 'length', value, count });
    listed('2026-11-28', run, 'model', 2, 6);
    listed('2026-11-28', run, 'popularity', 0, 2);
    listed('2026-11-27', older, 'model', 1, 4);
    listed('2026-11-01', older, 'model', 1, 100);
    store.counts.push({
      day: '2026-11-28',
      run,
      arm: 'model',
      measure: 'latency',
      value: 1000,
      count: 8,
    });
    const a = makeRecommendationId(run, 'model', noon);
    const b = makeRecommendationId(older, 'model', noon - dayMs);
    const tell = (id: string, type: string | null, place: number | null) =>
      store.told.push({ recommendationId: id, type, place });
    tell(a, 'click', 2);
    tell(a, 'click', 2);
    tell(a, 'purchase', 1);
    tell(a, 'ignored', 1);
    tell(b, null, null);
    tell(makeRecommendationId(run, 'model', noon + 1), 'ignored', 1);
    tell(makeRecommendationId('none-at-all', 'model', noon), 'click', 1);
    tell(makeRecommendationId(older, 'model', noon - 20 * dayMs), 'click', 1);

    const live = await liveFigures(store, {}, { days: 2, nowMs: noon });
    expect(live).toMatchObject({ from: '2026-11-27', to: '2026-11-28', unknownLists: 1 });
    expect(live.total).toMatchObject({ lists: 12, clicked: 2, converted: 1, empty: 2 });
    expect(live.total.clickThrough).toEqual(rateOf(2, 12));
    expect(live.total.popularity).toEqual(rateOf(2, 12));
    expect(live.total.latencyMs).toEqual({ median: 1, p95: 1, p99: 1 });
    const short = (rows: readonly { lists: number; clicked: number; converted: number }[]) =>
      rows.map(({ lists, clicked, converted }) => [lists, clicked, converted]);
    expect(live.byRun.map((row) => row.run)).toEqual([run, older]);
    expect(short(live.byRun)).toEqual([
      [8, 1, 1],
      [4, 1, 0],
    ]);
    expect(live.byDay.map(({ day }) => day)).toEqual(['2026-11-27', '2026-11-28']);
    expect(short(live.byDay)).toEqual([
      [4, 1, 0],
      [8, 1, 1],
    ]);
    expect(short(live.bySource)).toEqual([
      [10, 2, 1],
      [2, 0, 0],
    ]);
    expect(short(live.byPlace)).toEqual([
      [10, 1, 1],
      [6, 1, 0],
    ]);

    const own = { clicks: ['ignored'], conversions: ['click'] };
    const other = await liveFigures(store, own, { days: 1, nowMs: noon });
    expect(other.total).toMatchObject({ lists: 8, clicked: 2, converted: 1 });
  });

  it('says nothing of nothing', async () => {
    const live = await liveFigures(new MemoryLists(), {}, { days: 30, nowMs: noon });
    expect(live.total).toMatchObject({ lists: 0, clickThrough: null, latencyMs: null });
    expect([live.byRun, live.byDay, live.byPlace]).toEqual([[], [], []]);
  });
});

describe('intervals and times', () => {
  it('are those of Wilson', () => {
    // R: binom::binom.confint(15, 148, methods = 'wilson')
    const rate = rateOf(15, 148)!;
    expect(rate.value).toBeCloseTo(0.10135, 5);
    expect(rate.low).toBeCloseTo(0.0624, 3);
    expect(rate.high).toBeCloseTo(0.1605, 3);
    expect(rateOf(0, 10)).toMatchObject({ value: 0, low: 0 });
    expect(rateOf(10, 10)).toMatchObject({ value: 1, high: 1 });
    expect(rateOf(0, 0)).toBeNull();
  });

  it('are at most a quarter too long', () => {
    for (const ms of [0.11, 1, 3, 77, 2500]) {
      const limit = latencyClass(ms) / 1000;
      expect(limit).toBeGreaterThanOrEqual(ms - 0.001);
      expect(limit).toBeLessThanOrEqual(1.25 * ms + 0.001);
    }
    expect(latencyClass(0)).toBe(100);
    expect(latencyClass(1e9)).toBe(latencyClass(1e8));
    const counts = new Map([
      [1000, 50],
      [5000, 49],
      [9000, 1],
    ]);
    expect([0.5, 0.95, 0.99, 1].map((part) => latencyQuantile(counts, part))).toEqual([1, 5, 5, 9]);
    expect(latencyQuantile(new Map(), 0.5)).toBeNull();
  });
});
