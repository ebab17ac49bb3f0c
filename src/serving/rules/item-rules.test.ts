/** Rules as they apply to a model's items, and what they do to one answer. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import type { ItemFilter } from '../known-items.js';
import { itemRules, itemsOf, type RuledItems } from './item-rules.js';
import type { Rule } from './rule.js';
import { RuledAnswer, withPins } from './ruled-answer.js';

const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
const genres = [['x'], ['x', 'y'], ['y'], [], ['z'], ['x']];

/** Six items; a filter knows genres, and years from 2000 on. */
const known: RuledItems = {
  count: ids.length,
  indices: (wanted) => [...wanted].map((id) => ids.indexOf(id)).filter((item) => item >= 0),
  indexOf: (id) => (ids.includes(id) ? ids.indexOf(id) : undefined),
  others: (items) => [...ids.keys()].filter((item) => !items.includes(item)),
  mask: (leftOut, { genre, minYear, where }: ItemFilter) => {
    if (where !== undefined) throw new ArgumentError('no such field');
    const fits = (item: number) =>
      (genre?.some((one) => genres[item]!.includes(one)) ?? true) &&
      (minYear === undefined || 2000 + item >= minYear);
    return [...ids.keys()].filter((item) => leftOut.includes(item) || !fits(item));
  },
  valuesOf: (items) => items.map((item) => genres[item]!),
};

const rule = (id: number, content: Omit<Rule, 'id'>): Rule => ({ id: String(id), ...content });
const answerOf = (rules: readonly Rule[], mask: readonly number[] = []) =>
  new RuledAnswer(itemRules(known, rules), mask);

describe('itemsOf', () => {
  it('gives the named items, those that fit the filter, or those that are both', () => {
    expect(itemsOf(known, { items: ['c', 'gone', 'a'] })).toEqual([2, 0]);
    expect(itemsOf(known, { genre: ['x'] })).toEqual([0, 1, 5]);
    expect(itemsOf(known, { minYear: 2004 })).toEqual([4, 5]);
    expect(itemsOf(known, { items: ['f', 'c', 'a'], genre: ['x'] })).toEqual([5, 0]);
    expect(itemsOf(known, {})).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('gives none where the filter fits no data any more', () => {
    expect(itemsOf(known, { where: 'colour=red' })).toEqual([]);
    const broken: RuledItems = {
      ...known,
      mask: () => {
        throw new TypeError('a fault of the program');
      },
    };
    expect(() => itemsOf(broken, { where: 'colour=red' })).toThrow(TypeError);
  });
});

describe('itemRules', () => {
  it('adds what boosts and buries move, in parts of the range', () => {
    const { shifts, moves } = itemRules(known, [
      rule(1, { kind: 'boost', genre: ['x'], by: 0.5 }),
      rule(2, { kind: 'bury', items: ['b', 'c'], by: 0.25 }),
    ]);
    expect(Array.from(shifts!)).toEqual([0.5, 0.25, -0.25, 0, 0, 0.5]);
    expect(moves.map(({ rule: { id }, items }) => [id, items])).toEqual([
      ['1', [0, 1, 5]],
      ['2', [1, 2]],
    ]);
    expect(itemRules(known, [rule(1, { kind: 'hide', items: ['a'] })]).shifts).toBeNull();
  });

  it('orders pins by place, the older first, and pins an item once', () => {
    const pin = (id: number, item: string, place: number) =>
      rule(id, { kind: 'pin', items: [item], place });
    const { pins } = itemRules(known, [
      pin(2, 'a', 4),
      pin(10, 'b', 1),
      pin(9, 'c', 1),
      pin(11, 'a', 2),
      pin(12, 'gone', 1),
    ]);
    expect(pins.map(({ rule: { id }, item, place }) => [id, item, place])).toEqual([
      ['9', 2, 1],
      ['10', 1, 1],
      ['11', 0, 2],
    ]);
  });
});

describe('RuledAnswer', () => {
  it('leaves hidden and pinned items out of the ranking, and tells which rules did something', () => {
    const answer = answerOf(
      [
        rule(1, { kind: 'hide', items: ['a', 'b'], name: 'winter' }),
        rule(2, { kind: 'hide', items: ['f'] }),
        rule(3, { kind: 'pin', items: ['c'], place: 1 }),
        rule(4, { kind: 'pin', items: ['f'], place: 2 }),
        rule(5, { kind: 'boost', items: ['d', 'f'], by: 1 }),
      ],
      [5],
    );
    expect(answer.mask.toSorted()).toEqual([0, 1, 2, 5]);
    expect(answer.pins.map(({ item }) => item)).toEqual([2]);
    expect(answer.reorders).toBe(true);
    // f is left out by the request, so the rules about it alone did nothing.
    expect(answer.on([2, 3, 4])).toEqual({
      applied: [
        { id: '1', kind: 'hide', name: 'winter' },
        { id: '3', kind: 'pin', name: null },
        { id: '5', kind: 'boost', name: null },
      ],
      marks: [['3'], ['5'], []],
    });
  });

  it('moves nothing where a boost concerns no allowed item', () => {
    const boost = rule(1, { kind: 'boost', items: ['a'], by: 1 });
    expect(answerOf([boost], [0]).reorders).toBe(false);
    expect(answerOf([boost]).reorders).toBe(true);
    expect(answerOf([rule(1, { kind: 'hide', items: ['a'] })]).reorders).toBe(false);
    expect(answerOf([rule(1, { kind: 'pin', items: ['a'], place: 1 })]).reorders).toBe(true);
    expect(answerOf([rule(1, { kind: 'limit', items: ['a'], atMost: 1 })]).reorders).toBe(true);
  });

  it('marks an item with each rule, in the order of the rules', () => {
    const answer = answerOf([
      rule(1, { kind: 'pin', items: ['a'], place: 1 }),
      rule(2, { kind: 'boost', items: ['b'], by: 0.5 }),
      rule(3, { kind: 'bury', items: ['b', 'c'], by: 0.5 }),
    ]);
    expect(answer.on([0, 1, 2]).marks).toEqual([['1'], ['2', '3'], ['3']]);
  });

  it('admits at most so many items of a limit, pinned ones counted', () => {
    const limit = rule(2, { kind: 'limit', genre: ['x'], atMost: 2 });
    const order = [5, 4, 3, 2, 1, 0];
    expect(answerOf([limit]).admitted(order)).toEqual([5, 4, 3, 2, 1]);
    const pinned = answerOf([rule(1, { kind: 'pin', items: ['a'], place: 6 }), limit]);
    expect(pinned.admitted([5, 4, 3, 2, 1])).toEqual([5, 4, 3, 2]);
    expect(pinned.on([]).applied.map(({ id }) => id)).toEqual(['1', '2']);
    const unused = answerOf([limit]);
    expect(unused.admitted([2, 3, 4])).toEqual([2, 3, 4]);
    expect(unused.on([]).applied).toEqual([]);
  });

  it('limits each value of a field by itself', () => {
    const each = answerOf([rule(1, { kind: 'limit', each: 'genre', atMost: 1 })]);
    // b has x and y; d has none.
    expect(each.admitted([0, 1, 2, 3, 4, 5])).toEqual([0, 2, 3, 4]);
    const one = answerOf([rule(1, { kind: 'limit', genre: ['y'], each: 'genre', atMost: 1 })]);
    expect(one.admitted([0, 1, 2, 3, 4, 5])).toEqual([0, 1, 3, 4, 5]);
  });

  it('an item that one limit refuses counts for no other', () => {
    const answer = answerOf([
      rule(1, { kind: 'limit', items: ['a', 'b'], atMost: 1 }),
      rule(2, { kind: 'limit', items: ['b', 'c'], atMost: 1 }),
    ]);
    expect(answer.admitted([0, 1, 2])).toEqual([0, 2]);
  });

  it('looks further down the ranking until enough items stay', () => {
    const scores = Float64Array.of(6, 5, 4, 3, 2, 1);
    const answer = answerOf([rule(1, { kind: 'limit', items: ['a', 'b', 'c', 'd'], atMost: 1 })]);
    expect(answer.best(scores, 2)).toEqual([0, 4]);
    expect(answer.best(scores, 3)).toEqual([0, 4, 5]);
    expect(answer.best(scores, 6)).toEqual([0, 4, 5]);
    expect(answerOf([rule(1, { kind: 'hide', items: ['a'] })]).best(scores, 2)).toEqual([1, 2]);
  });
});

describe('withPins', () => {
  const pin = (item: number, place: number) => ({ item, place });

  it('puts each pin at its place, those of one place after one another', () => {
    expect(withPins([1, 2, 3], [pin(8, 2)], 4)).toEqual([1, 8, 2, 3]);
    expect(withPins([1, 2, 3], [pin(8, 1), pin(9, 1)], 5)).toEqual([8, 9, 1, 2, 3]);
    expect(withPins([1, 2, 3], [pin(8, 2), pin(9, 3)], 3)).toEqual([1, 8, 9]);
  });

  it('puts pins beyond the end behind the last item, and stops at the length', () => {
    expect(withPins([1], [pin(8, 40), pin(9, 50)], 9)).toEqual([1, 8, 9]);
    expect(withPins([1, 2], [pin(8, 3)], 2)).toEqual([1, 2]);
    expect(withPins([1, 2], [], 1)).toEqual([1]);
    expect(withPins([], [], 3)).toEqual([]);
  });
});
