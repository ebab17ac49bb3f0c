/** The keys, numbers and days by which stores name things. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { summaryOf } from './dataset-row.js';
import { documentId, documentKey, documentKeys, documentText } from './documents.js';
import { repeatedStatus } from './feedback.js';
import { dayOf, oldestDay } from './lists.js';
import { ruleNumber, tooManyRules } from './rules.js';

describe('a document', () => {
  it('has a key of its kind and its id', () => {
    expect(documentKey('a-b', 'x/y é')).toBe('a-b/x/y é');
    expect(documentId('a-b/x/y é')).toBe('x/y é');
    expect(documentKey('a', 'x'.repeat(200))).toHaveLength(202);
    const [from, to] = documentKeys('a');
    expect([from, to]).toEqual(['a/', 'a0']);
    expect(['a/', 'a/\uffff', 'a-b/x', 'ab/x'].map((key) => key >= from && key < to)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each(['', 'A', 'a_b', '-a', 'a-', 'a--b', 'a/b', 'a1'])('has no kind %j', (kind) => {
    expect(() => documentKey(kind, 'x')).toThrow(ArgumentError);
    expect(() => documentKeys(kind)).toThrow(/ is not a kind of document; give lower-case words/);
  });

  it.each(['', 'a\n', '\u0000', '\ud800', 'x'.repeat(201)])('has no id %j', (id) => {
    expect(() => documentKey('a', id)).toThrow(/ is not an id of a document; give 1 to 200 /);
  });

  it('holds what JSON can', () => {
    expect([{ a: [1] }, 'x', 0, false].map(documentText)).toEqual([
      '{"a":[1]}',
      '"x"',
      '0',
      'false',
    ]);
    for (const value of [null, undefined, () => 1]) {
      expect(() => documentText(value)).toThrow(/^a document holds a JSON value other than null$/);
    }
  });
});

it('gives days in UTC, and the last one that is kept', () => {
  expect(dayOf(Date.UTC(2024, 1, 29, 23, 59, 59, 999))).toBe('2024-02-29');
  expect(oldestDay(Date.UTC(2024, 1, 29, 23))).toBe('2023-01-25');
});

it('reads the number of a rule', () => {
  expect(['1', '120', '999999999999999'].map(ruleNumber)).toEqual([1, 120, 999999999999999]);
  const wrong = ['', '0', '01', '-1', '1.0', 'x1', '1x', '1000000000000000'];
  expect(wrong.map(ruleNumber)).toEqual(wrong.map(() => 0));
  expect(tooManyRules()).toBeInstanceOf(ArgumentError);
  expect(tooManyRules().message).toMatch(/^there are 1000 rules already, the most; /);
});

it('gives the scale of data that have one', () => {
  const row = { name: 'n', data_hash: 'h', files: '["a"]', min_weight: 0 } as never as object;
  const scaleOf = (scale_low: number | null, scale_high: number | null) =>
    summaryOf({ ...row, scale_low, scale_high } as never).scale;
  expect(scaleOf(0, 5)).toEqual({ low: 0, high: 5 });
  expect([scaleOf(null, null), scaleOf(null, 5), scaleOf(0, null)]).toEqual([null, null, null]);
  expect(summaryOf({ ...row, scale_low: null } as never)).toMatchObject({
    files: ['a'],
    minWeight: 0,
  });
});

describe('an event that is sent again', () => {
  const event = {
    key: 'k"',
    userId: 'u' as never,
    itemId: 'i' as never,
    rating: 4,
    timestamp: 7,
    type: 'buy',
    recommendationId: 'r',
    place: 1,
  };

  it('is the same by everything that it says', () => {
    expect(repeatedStatus(event, event)).toBe('repeated');
    const { type, recommendationId, place, ...plain } = event;
    const nulls = { type: null, recommendationId: null, place: null } as never as object;
    expect(repeatedStatus(plain, { ...plain, ...nulls })).toBe('repeated');
    expect(repeatedStatus({ ...plain, ...nulls }, plain)).toBe('repeated');
  });

  it.each([
    ['userId', 'v'],
    ['itemId', 'j'],
    ['rating', 3],
    ['rating', null],
    ['timestamp', null],
    ['type', 'view'],
    ['type', undefined],
    ['recommendationId', 's'],
    ['recommendationId', undefined],
    ['place', 2],
    ['place', undefined],
  ])('is another one by its %s %s', (name, value) => {
    const other = { ...event, [name]: value } as typeof event;
    for (const [stored, sent] of [
      [event, other],
      [other, event],
    ] as const) {
      expect(() => repeatedStatus(stored, sent)).toThrow(
        /^the key "k\\"" belongs to another event; give each event a key of its own\. Nothing /,
      );
    }
  });
});
