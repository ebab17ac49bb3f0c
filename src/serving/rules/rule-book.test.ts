/** Which rules hold at a time, and when they are read again. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Rule } from './rule.js';
import { RuleBook, ShopRules } from './rule-book.js';

const at = (hour: number) => Date.UTC(2026, 11, 1, hour);
const time = (hour: number) => new Date(at(hour)).toISOString();
const rule = (id: string, content: Partial<Rule> = {}): Rule => ({
  id,
  kind: 'hide',
  items: ['a'],
  ...content,
});

let now: number;
beforeEach(() => {
  now = at(0);
});

describe('ShopRules', () => {
  const rules = [
    rule('1'),
    rule('2', { beginsAt: time(10) }),
    rule('3', { endsAt: time(12) }),
    rule('4', { beginsAt: time(10), endsAt: time(12) }),
  ];
  const holding = (shop: ShopRules) => shop.inForce().rules.map(({ id }) => id);

  it('holds each rule from its beginning until just before its end', () => {
    const shop = new ShopRules('v', rules, () => now);
    const seen: [number, string[]][] = [];
    for (const moment of [at(0), at(10) - 1, at(10), at(12) - 1, at(12), at(30)]) {
      now = moment;
      seen.push([moment, holding(shop)]);
    }
    expect(seen).toEqual([
      [at(0), ['1', '3']],
      [at(10) - 1, ['1', '3']],
      [at(10), ['1', '2', '3', '4']],
      [at(12) - 1, ['1', '2', '3', '4']],
      [at(12), ['1', '2']],
      [at(30), ['1', '2']],
    ]);
  });

  it('follows a clock that is set back', () => {
    const shop = new ShopRules('v', rules, () => now);
    now = at(11);
    expect(holding(shop)).toHaveLength(4);
    now = at(9);
    expect(holding(shop)).toEqual(['1', '3']);
  });

  it('has a key for each set of rules, and the same object while they stay the same', () => {
    const shop = new ShopRules('v7', rules, () => now);
    const before = shop.inForce();
    expect(before.key).toBe('v7: 1 3');
    now = at(9);
    expect(shop.inForce()).toBe(before);
    now = at(10);
    expect(shop.inForce().key).toBe('v7: 1 2 3 4');
    const none = new ShopRules('v', [rule('1', { endsAt: time(0) })], () => now);
    expect(none.inForce()).toEqual({ key: '', rules: [] });
  });

  it('lists all rules, with whether each holds', () => {
    const shop = new ShopRules('v', rules, () => now);
    expect(shop.list().map(({ id, inForce }) => [id, inForce])).toEqual([
      ['1', true],
      ['2', false],
      ['3', true],
      ['4', false],
    ]);
  });
});

describe('RuleBook', () => {
  it('reads the rules again after a change of the data, and keeps them where they are the same', async () => {
    let data = 1;
    let stored = { version: 'r1', rules: [{ id: '5', content: { kind: 'hide', items: ['a'] } }] };
    const book = new RuleBook(
      { version: () => data, rules: async () => stored } as never,
      () => now,
    );
    const first = await book.current();
    expect(first.list()).toEqual([{ id: '5', kind: 'hide', items: ['a'], inForce: true }]);
    data = 2;
    expect(await book.current()).toBe(first);
    stored = { version: 'r2', rules: [] };
    expect(await book.current()).toBe(first);
    data = 3;
    const next = await book.current();
    expect(next.list()).toEqual([]);
    expect(next.version).toBe('r2');
  });

  it('has none where the store has none', async () => {
    const book = new RuleBook({ version: () => 1 } as never, () => now);
    expect((await book.current()).inForce()).toEqual({ key: '', rules: [] });
  });
});
