/** The sentences and points of nights. */

import { describe, expect, it } from 'vitest';
import type { Night, PairedMetric } from '../server/live.js';
import { runWords } from './days.js';
import { nightPoints, nightSentence } from './night-story.js';

const paired = (first: number, second: number, p: number): PairedMetric => ({
  first,
  second,
  difference: first - second,
  p,
});
const result = (first: number, second: number, p: number) => ({
  hits: paired(first, second, 1),
  ranking: paired(first, second, p),
});
const found = '40 of 100 users find a hidden click among its first 20';

function night(outcome: Night['outcome'], more: Partial<Night> = {}): Night {
  return {
    startedAt: '2026-11-28T02:00:00Z',
    rows: 1,
    run: null,
    catalogue: null,
    comparison: null,
    outcome,
    reason: '',
    ...more,
  };
}
const compared = (
  base: ReturnType<typeof result> | null,
  popularity = result(0.4, 0.2, 0.001),
) => ({
  comparison: { base: base && { result: base }, popularity },
});

describe('the sentence of a night', () => {
  it.each([
    ['activated', result(0.4, 0.3, 0.01), 'A new model is live, better than the one before: '],
    [
      'activated',
      result(0.4, 0.3, 0.3),
      'A new model is live, with no sure difference from the one before: ',
    ],
    ['kept', result(0.4, 0.5, 0.01), 'The new model is worse, so the one before stays: '],
  ] as const)('says of a night that %s with which figures: %o', (outcome, base, begin) => {
    const before = Math.round(100 * base.hits.second);
    expect(nightSentence(night(outcome, compared(base)))).toBe(
      `${begin}${found}, ${before} with the one before, 20 with popularity.`,
    );
  });

  it('says that the order decided where as many users find something', () => {
    const ordered = { hits: paired(0.4, 0.4, 1), ranking: paired(0.2, 0.3, 0.01) };
    expect(nightSentence(night('kept', compared(ordered)))).toMatch(
      /40 with the one before, 20 with popularity\. Its lists have them further down\.$/,
    );
  });

  it('says what happened where no model was there before, and where popularity is as good', () => {
    expect(nightSentence(night('activated', compared(null)))).toBe(
      `The first model is live: ${found}, 20 with popularity.`,
    );
    const asGood = compared(result(0.4, 0.4, 1), result(0.4, 0.4, 1));
    expect(nightSentence(night('kept', asGood))).toMatch(
      /^The new model is not better than popularity, so it is not live: /,
    );
  });

  it('gives the reason where nothing was compared', () => {
    expect(nightSentence(night('failed', { reason: 'the loss is not a number' }))).toBe(
      'The loss is not a number.',
    );
    const reason = 'ease-20261128-031502-51aa3 stays active: items are missing.';
    expect(nightSentence(night('kept', { reason }))).toBe(reason);
    expect(nightSentence(night('nothing new', { catalogue: { created: 2, changed: 1 } }))).toBe(
      'No click was new, so no model was trained. 3 items are new or changed.',
    );
  });
});

it('a night is a point of the live model, the tried one and popularity, the oldest first', () => {
  const nights = [
    night('failed'),
    night('kept', compared(result(0.25, 0.5, 0.01))),
    night('activated', compared(null)),
  ];
  expect(
    nightPoints(nights).map(({ live, tried, popularity }) => [live, tried, popularity]),
  ).toEqual([
    [40, 40, 20],
    [50, 25, 20],
    [null, null, null],
  ]);
});

it('a run is its model and its time; an id without a time stays', () => {
  expect(runWords('mult-vae-20261128-031502-51aa3')).toMatch(/^mult-vae of .*2026/);
  expect(runWords('last-one')).toBe('last-one');
});
