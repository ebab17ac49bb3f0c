/** Which rules there are, and what is said of those that are none. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { readRule, ruleChanges } from './rule.js';

describe('readRule', () => {
  it.each([
    [{ kind: 'hide', items: ['a'] }],
    [{ kind: 'hide', genre: ['x', 'y'] }],
    [{ kind: 'hide', where: 'price<20' }],
    [{ kind: 'pin', items: ['a'], place: 1, name: 'first' }],
    [{ kind: 'pin', items: ['a'], place: 1000 }],
    [{ kind: 'limit', each: 'genre', atMost: 1 }],
    [{ kind: 'limit', genre: ['x'], atMost: 1000, each: 'brand' }],
    [{ kind: 'boost', items: ['a', 'b'], by: 1 }],
    [{ kind: 'bury', minYear: 1990, maxYear: 1990, by: 0.01 }],
    [{ kind: 'hide', minYear: 0 }],
    [{ kind: 'hide', maxYear: 9999 }],
    [{ kind: 'hide', items: Array.from({ length: 10_000 }, (_, k) => `${k}`) }],
    [{ kind: 'hide', genre: Array.from({ length: 100 }, (_, k) => `${k}`) }],
    [{ kind: 'hide', items: ['a'], name: 'n'.repeat(200) }],
    [{ kind: 'hide', where: `a=${'b'.repeat(1998)}` }],
  ])('takes %j as it is', (rule) => {
    expect(readRule(rule)).toEqual(rule);
  });

  it('leaves out what is null, and gives times in full', () => {
    expect(
      readRule({
        kind: 'hide',
        items: ['a'],
        name: null,
        minYear: null,
        where: null,
        beginsAt: '2026-12-01',
        endsAt: '2026-12-01T02:00:00+01:00',
      }),
    ).toEqual({
      kind: 'hide',
      items: ['a'],
      beginsAt: '2026-12-01T00:00:00.000Z',
      endsAt: '2026-12-01T01:00:00.000Z',
    });
  });

  const hide = { kind: 'hide', items: ['a'] };
  it.each<[unknown, string]>([
    [null, 'the rule is null; give an object with the kind of the rule'],
    [7, 'the rule is 7; give an object with the kind of the rule'],
    [{}, 'kind is missing; give one of hide, pin, limit, boost, bury'],
    [{ kind: 'show' }, 'kind is "show"; give one of hide, pin, limit, boost, bury'],
    [
      { ...hide, colour: 1, size: 2 },
      '"colour", "size" is not a field of a rule; it has kind, name, items, genre, minYear, maxYear, where, place, by, atMost, each, beginsAt, endsAt',
    ],
    [{ ...hide, items: [] }, 'items is []; give a list of 1 to 10000 ids'],
    [{ ...hide, items: 'a' }, 'items is "a"; give a list of 1 to 10000 ids'],
    [{ ...hide, items: ['a', 7] }, 'items[1] is 7; give a string of 1 to 500 characters'],
    [{ ...hide, items: [''] }, 'items[0] is ""; give a string of 1 to 500 characters'],
    [{ ...hide, genre: [] }, 'genre is []; give a list of 1 to 100 strings'],
    [{ ...hide, genre: [''] }, 'genre[0] is ""; give a string of 1 to 200 characters'],
    [{ ...hide, name: '' }, 'name is ""; give a string of 1 to 200 characters'],
    [{ ...hide, name: 'a\0' }, 'give a string of 1 to 200 characters'],
    [{ ...hide, name: 'n'.repeat(201) }, 'give a string of 1 to 200 characters'],
    [{ ...hide, where: '  ' }, 'where is "  "; give a filter of 1 to 2000 characters'],
    [{ ...hide, where: 'w'.repeat(2001) }, 'give a filter of 1 to 2000 characters'],
    [{ ...hide, minYear: -1 }, 'minYear is -1; give an integer from 0 to 9999'],
    [{ ...hide, maxYear: 10_000 }, 'maxYear is 10000; give an integer from 0 to 9999'],
    [{ ...hide, minYear: 1990.5 }, 'minYear is 1990.5; give an integer from 0 to 9999'],
    [{ ...hide, minYear: 2001, maxYear: 2000 }, 'minYear is 2001 and maxYear is 2000'],
    [{ ...hide, beginsAt: 'noon' }, 'beginsAt is "noon"; give a time in ISO 8601'],
    [
      { ...hide, beginsAt: '2026-12-01', endsAt: '2026-12-01' },
      'endsAt is 2026-12-01T00:00:00.000Z, not after beginsAt',
    ],
    [{ kind: 'hide' }, 'the hide concerns no items; give items, genre, minYear, maxYear or where'],
    [
      { kind: 'limit', atMost: 1 },
      'the limit concerns no items; give items, genre, minYear, maxYear, where or each',
    ],
    [{ kind: 'limit', genre: ['x'] }, 'atMost is missing; a limit needs atMost'],
    [{ kind: 'limit', genre: ['x'], atMost: 0 }, 'atMost is 0; give an integer from 1 to 1000'],
    [{ kind: 'pin', items: ['a'] }, 'place is missing; a pin needs items and place'],
    [{ kind: 'pin', place: 1 }, 'items is missing; a pin needs items and place'],
    [{ kind: 'pin', items: ['a', 'b'], place: 1 }, 'items has 2 ids; give one'],
    [{ kind: 'pin', items: ['a'], place: 1001 }, 'place is 1001; give an integer from 1 to 1000'],
    [{ kind: 'pin', items: ['a'], place: 0 }, 'place is 0; give an integer from 1 to 1000'],
    [
      { kind: 'pin', items: ['a'], place: 1, genre: ['x'] },
      'genre is ["x"]; leave it out, because a pin has none',
    ],
    [{ ...hide, by: 0.5 }, 'by is 0.5; leave it out, because a hide has none'],
    [{ ...hide, each: 'genre' }, 'each is "genre"; leave it out, because a hide has none'],
    [{ kind: 'boost', items: ['a'] }, 'by is missing; a boost needs by'],
    [{ kind: 'bury', items: ['a'] }, 'by is missing; a bury needs by'],
    [{ kind: 'boost', items: ['a'], by: 0 }, 'by is 0; give a number above 0 and at most 1'],
    [{ kind: 'boost', items: ['a'], by: 1.5 }, 'by is 1.5; give a number above 0 and at most 1'],
    [{ kind: 'boost', items: ['a'], by: 1, place: 2 }, 'place is 2; leave it out'],
  ])('refuses %j', (rule, message) => {
    expect(() => readRule(rule)).toThrow(ArgumentError);
    expect(() => readRule(rule)).toThrow(message);
  });
});

describe('ruleChanges', () => {
  it('needs no kind, and takes nothing that a rule does not have', () => {
    expect(ruleChanges.safeParse({ by: 0.5, name: null }).success).toBe(true);
    expect(ruleChanges.safeParse({ kind: 'bury' }).success).toBe(true);
    expect(ruleChanges.safeParse({ kind: 'show' }).success).toBe(false);
    expect(ruleChanges.safeParse({ colour: 1 }).success).toBe(false);
    expect(ruleChanges.safeParse(7).error!.issues[0]!.message).toBe(
      'an object with the fields to change',
    );
  });
});
