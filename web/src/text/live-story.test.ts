/** The sentences of the view Live. */
import { describe, expect, it } from 'vitest';
import type { AnswerFigures, Live, Night } from '../server/live.js';
import { liveSentence, nightsSentence, withInterval } from './live-story.js';

function figures(value: number, low: number, high: number): AnswerFigures {
  const rate = { value, low, high };
  return {
    lists: 1000,
    clicked: 1000 * value,
    clickThrough: rate,
    converted: 10,
    conversion: { value: 0.01, low: 0.005, high: 0.02 },
    empty: 0,
    popularity: null,
    latencyMs: null,
  };
}

function live(...runs: AnswerFigures[]): Live {
  const byRun = runs.map((run, k) => ({ ...run, run: `run-${k}` }));
  return { from: '', to: '', total: figures(0.125, 0.1, 0.15), byRun, byDay: [], byPlace: [] };
}

const night = (outcome: Night['outcome']): Night => ({
  startedAt: '2026-11-28T02:00:00Z',
  rows: 1,
  run: null,
  catalogue: null,
  comparison: null,
  outcome,
  reason: '',
});

describe('the sentence of the lists', () => {
  it('says what earns, and whether runs differ for sure', () => {
    const earned = 'Of 100 lists that were shown, 13 were clicked and 1.0 led to a purchase.';
    expect(liveSentence(live())).toBe(earned);
    const low = figures(0.05, 0.04, 0.06);
    const high = figures(0.2, 0.18, 0.22);
    expect(liveSentence(live(high, low))).toContain('run-0 get more clicks than those of run-1');
    expect(liveSentence(live(low, high))).toContain('run-0 get fewer clicks than those of run-1');
    expect(liveSentence(live(low, low))).toContain('no sure difference between run-0 and run-1');
  });

  it('says nothing of a run with few lists', () => {
    const few = { ...figures(0.9, 0.7, 0.95), lists: 8 };
    const low = figures(0.05, 0.04, 0.06);
    expect(liveSentence(live(few, low, low))).toContain('difference between run-1 and run-2 yet');
    expect(liveSentence(live(few, low))).toMatch(/led to a purchase\.$/);
  });

  it('counts few lists, and says no share', () => {
    const few = { ...figures(0.2, 0.04, 0.6), lists: 5, clicked: 1, converted: 0 };
    expect(liveSentence({ ...live(few), total: few })).toBe(
      '5 lists were shown: 1 clicked, 0 with a purchase. That is too few to say how well they do.',
    );
    const one = { ...few, lists: 1 };
    expect(liveSentence({ ...live(one), total: one })).toMatch(/^One list was shown: 1 clicked/);
  });

  it('says that nothing was shown', () => {
    const none = { ...figures(0, 0, 0), lists: 0, clickThrough: null, conversion: null };
    expect(liveSentence({ ...live(), total: none })).toBe('No list was shown in this time.');
  });

  it('gives intervals of a hundred', () => {
    expect(withInterval({ value: 0.05, low: 0.04, high: 0.2 })).toBe('5.0 (4.0 to 20)');
  });
});

it('the sentence of the nights counts what happened', () => {
  expect(nightsSentence([night('activated'), night('activated'), night('kept')])).toBe(
    '3 nights: 2 times a new model went live; once the model before stayed, because the new one was not good enough.',
  );
  const stopped = { ...night('failed'), reason: 'the refresh is running, or was stopped' };
  expect(nightsSentence([stopped])).toBe('One night: once the night is not over, or was stopped.');
  expect(nightsSentence([night('failed')])).toContain('One night: once the night failed');
});
