/** Held-out users stay held out while the data grow. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { ClickMatrix } from '../click-matrix.js';
import type { ItemId, UserId } from '../ids.js';
import { type EarlierUsers, keptGeneralization } from './kept-users.js';
import { type LabelledClicks, type Split, strongGeneralization } from './users.js';

const items = 12;

/** The clicks of a home: of each user some of twelve items. Users are numbered from `first`. */
function clicksOf(rows: readonly (readonly number[])[], first = 1): LabelledClicks {
  const clicks = ClickMatrix.fromRows(items, rows);
  return {
    userIds: rows.map((_, u) => String(first + u) as UserId),
    itemIds: Array.from({ length: items }, (_, i) => `item ${i}` as ItemId),
    clicks,
    positions: Int32Array.from({ length: clicks.clicks }, (_, k) => k),
  };
}

/** Users with 5 to 12 clicks each. */
const users = (count: number) =>
  Array.from({ length: count }, (_, u) =>
    Array.from({ length: 5 + (u % 8) }, (_, k) => (u + k) % items),
  );

const protocol = { ...paperProtocol, heldoutUsers: 10 };
const trainingUsers = ({ userOrder, train }: Split) => userOrder.slice(0, train.rows);

function earlierUsers(split: Split): EarlierUsers {
  const trained = new Set(trainingUsers(split));
  return {
    validation: split.validation.users,
    test: split.test.users,
    isTrained: (user) => trained.has(user),
  };
}

/** The split of the next night. */
function next(
  clicks: LabelledClicks,
  earlier: Split,
  { share = 0.1, knows = true }: { readonly share?: number; readonly knows?: boolean } = {},
): Split {
  const before = earlierUsers(earlier);
  return keptGeneralization(
    clicks,
    { ...earlier.protocol, kept: { run: 'yesterday', share } },
    knows ? before : { ...before, isTrained: null },
  );
}

describe('keptGeneralization', () => {
  it('is the split of before on the data of before', () => {
    const clicks = clicksOf(users(100));
    const before = strongGeneralization(clicks, protocol);
    const { protocol: kept, ...split } = next(clicks, before);
    const { protocol: _, ...same } = before;
    expect(split).toEqual(same);
    expect(kept).toEqual({ ...protocol, kept: { run: 'yesterday', share: 0.1 } });
  });

  it('never holds out a user who was trained on, and never trains on one who was held out', () => {
    const size = fc.integer({ min: 40, max: 90 });
    fc.assert(
      fc.property(fc.array(size, { minLength: 2, maxLength: 5 }), (sizes) => {
        // The number of users changes from night to night: some come, and some have too few clicks again.
        const [first, ...nights] = sizes;
        let before = strongGeneralization(clicksOf(users(first!)), protocol);
        for (const size of nights) {
          const split = next(clicksOf(users(size)), before);
          const trained = new Set(trainingUsers(before));
          const heldOut = [...split.validation.users, ...split.test.users];
          expect(heldOut.filter((user) => trained.has(user))).toEqual([]);
          const stored = new Set(split.userOrder);
          for (const set of ['validation', 'test'] as const) {
            const stay = before[set].users.filter((user) => stored.has(user));
            expect(split[set].users).toEqual(expect.arrayContaining(stay));
          }
          expect(new Set(split.userOrder).size).toBe(size);
          before = split;
        }
      }),
      { numRuns: 30 },
    );
  });

  it('lets the share of the new users join each set, whoever comes with them', () => {
    const before = strongGeneralization(clicksOf(users(100)), protocol);
    const split = next(clicksOf(users(2100)), before);
    for (const set of [split.validation, split.test]) {
      // 200 of 2000 are expected, with a standard deviation of 13.
      expect(Math.abs(set.users.length - 210)).toBeLessThan(60);
    }
    expect(split.protocol.heldoutUsers).toBe(split.test.users.length);
    const fewer = next(clicksOf(users(1100)), before);
    const inBoth = new Set(fewer.userOrder);
    expect(split.test.users.filter((user) => inBoth.has(user)).sort()).toEqual(
      [...fewer.test.users].sort(),
    );
  });

  it('lets nobody join where it is not known whom the earlier run was trained on', () => {
    const before = strongGeneralization(clicksOf(users(100)), protocol);
    const split = next(clicksOf(users(1000)), before, { knows: false });
    expect(split.test.users).toEqual(before.test.users);
    expect(split.validation.users).toEqual(before.validation.users);
  });

  it('knows the items of the present training users alone', () => {
    const before = strongGeneralization(clicksOf(users(100)), protocol);
    const grown = users(101).map((row, u) => (u === 100 ? [...row.slice(0, 4), 11] : row));
    const without = grown.map((row) => row.filter((item) => item !== 11 && item < 8));
    const split = next(clicksOf(without), before);
    expect(split.vocabulary).not.toContain('item 11');
    expect(split.vocabulary).toContain('item 7');
    expect(split.train.columns).toBe(split.vocabulary.length);
  });

  it('refuses data that hold nobody of a held-out set', () => {
    const before = strongGeneralization(clicksOf(users(100)), protocol);
    const others = clicksOf(users(50), 1000);
    const refuse = () => next(others, before, { share: 0 });
    expect(refuse).toThrow(SplitError);
    expect(refuse).toThrow(/none is a validation user .* run yesterday .* without --heldout-from/);
  });
});
