/** The split by users: who is held out and what is hidden. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { ClickMatrix } from '../click-matrix.js';
import type { ItemId, UserId } from '../ids.js';
import { referenceFiles } from './reference-files.js';
import { usersNotTrainedOn } from './untrained-users.js';
import {
  defaultHeldoutUsers,
  type HeldOutUsers,
  hiddenCounts,
  type LabelledClicks,
  maxHeldoutUsers,
  nothingHidden,
  strongGeneralization,
} from './users.js';

/** Clicks of users. A random permutation gives their places in the file, so users interleave. */
function labelled(rows: number[][], items: number, places: number[]): LabelledClicks {
  const clicks = ClickMatrix.fromRows(items, rows);
  const positions = new Int32Array(clicks.clicks);
  for (let u = 0; u < rows.length; u++) {
    const range = places.slice(clicks.offsets[u], clicks.offsets[u + 1]).sort((a, b) => a - b);
    positions.set(range, clicks.offsets[u]!);
  }
  return {
    userIds: rows.map((_, u) => String(u + 1) as UserId),
    itemIds: Array.from({ length: items }, (_, i) => `item ${i}` as ItemId),
    clicks,
    positions,
  };
}

const histories = fc
  .array(fc.uniqueArray(fc.nat(29), { minLength: 5, maxLength: 20 }), {
    minLength: 12,
    maxLength: 40,
  })
  .chain((rows) => {
    const total = rows.reduce((sum, row) => sum + row.length, 0);
    const places = [...Array(total).keys()];
    return fc.tuple(
      fc.constant(rows),
      fc.shuffledSubarray(places, { minLength: total, maxLength: total }),
    );
  });

describe('strong generalization', () => {
  it('keeps every click of a known item once: fold-in and held-out are disjoint and complete', () => {
    fc.assert(
      fc.property(histories, fc.nat(1000), ([rows, places], splitSeed) => {
        const clicks = labelled(rows, 30, places);
        const heldoutUsers = defaultHeldoutUsers(rows.length);
        let split: ReturnType<typeof strongGeneralization>;
        try {
          split = strongGeneralization(clicks, { ...paperProtocol, splitSeed, heldoutUsers });
        } catch (error) {
          expect(error).toBeInstanceOf(SplitError);
          return;
        }
        const known = new Set<string>(split.vocabulary);
        for (const set of [split.validation, split.test]) {
          expect(set.users).toHaveLength(heldoutUsers);
          set.users.forEach((user, row) => {
            const history = rows[Number(user) - 1]!.map((item) => `item ${item}`);
            const expected = history.filter((item) => known.has(item));
            const foldIn = [...set.foldIn.row(row)].map((i) => split.vocabulary[i] as string);
            const heldOut = [...set.heldOut.row(row)].map((i) => split.vocabulary[i] as string);
            expect([...foldIn, ...heldOut].sort()).toEqual(expected.sort());
            const hidden = expected.length >= 5 ? Math.trunc(0.2 * expected.length) : 0;
            expect(heldOut).toHaveLength(hidden);
          });
        }
        expect([...split.userOrder].sort()).toEqual([...clicks.userIds].sort());
        expect(split.train.rows).toBe(rows.length - 2 * heldoutUsers);
        expect(Math.min(...split.train.columnCounts())).toBeGreaterThan(0);
      }),
    );
  });

  it('orders the vocabulary and train.csv by place in the file, not by user', () => {
    const rows = Array.from({ length: 10 }, () => [0, 1, 2, 3, 4]);
    // Item 4 of every user is before all items 3, and so on.
    const places = rows.flatMap((_, u) => [0, 1, 2, 3, 4].map((i) => (4 - i) * 10 + u));
    const clicks: LabelledClicks = {
      ...labelled(rows, 5, places),
      positions: Int32Array.from(places),
    };
    const split = strongGeneralization(clicks, { ...paperProtocol, heldoutUsers: 1 });
    expect(split.vocabulary).toEqual(['item 4', 'item 3', 'item 2', 'item 1', 'item 0']);
    const sids = referenceFiles(split)['train.csv'].toString().trim().split('\n').slice(1);
    expect(sids.map((line) => Number(line.split(',')[1]))).toEqual(
      [0, 1, 2, 3, 4].flatMap((sid) => Array(8).fill(sid)),
    );
  });

  it('refuses too few users, and says why', () => {
    const rows = Array.from({ length: 10 }, () => [0, 1, 2, 3, 4]);
    const split = (users: number, heldoutUsers: number) => () =>
      strongGeneralization(labelled(rows.slice(0, users), 5, [...Array(5 * users).keys()]), {
        ...paperProtocol,
        heldoutUsers,
      });
    expect(split(10, 5)).toThrow(SplitError);
    expect(split(10, 5)).toThrow(/10 users have .* 5 validation and 5 test users leave none/);
    expect(split(9, 0)).toThrow(/9 users have enough clicks, too few to hold out a tenth/);
    expect(split(1, 0)).toThrow(/1 user has enough clicks; a split needs at least 3/);
    expect(split(2, 1)).toThrow(/at least 3/);
    expect(split(3, 1)().train.rows).toBe(1);
  });
});

describe('held-out users', () => {
  it('are a tenth by default, and at most so many that one user is left', () => {
    expect([0, 9, 10, 136_677].map(defaultHeldoutUsers)).toEqual([0, 0, 1, 10_000]);
    expect([0, 1, 2, 3, 4, 9].map(maxHeldoutUsers)).toEqual([0, 0, 0, 1, 1, 4]);
  });
});

describe('held-out users', () => {
  const clicks = ClickMatrix.fromRows(3, [[0, 1], [], [2]]);
  const set = (more: Partial<HeldOutUsers>): HeldOutUsers => ({
    users: ['a', 'b', 'c'] as UserId[],
    foldIn: clicks,
    heldOut: clicks,
    ...more,
  });

  it('hide clicks on unknown items too', () => {
    const unknown = [['x'], [], ['y', 'z']] as ItemId[][];
    expect([...hiddenCounts(set({}))]).toEqual([2, 0, 1]);
    expect([...hiddenCounts(set({ unknown }))]).toEqual([3, 0, 3]);
    expect(nothingHidden(set({ unknown }))).toBe(1);
    expect(nothingHidden(set({ unknown: [[], ['x'], []] as ItemId[][] }))).toBe(0);
  });

  it('were not trained on, or where their clicks are held out, the new ones among them', () => {
    const test = set({ users: ['d'] as UserId[], newUsers: ['e'] as UserId[] });
    const split = { validation: set({}), test };
    expect([
      ...usersNotTrainedOn({ protocol: { ...paperProtocol, heldoutUsers: 3 }, split }),
    ]).toEqual(['a', 'b', 'c', 'd']);
    const byTime = { ...paperProtocol, heldOutClicks: {} } as never;
    expect([...usersNotTrainedOn({ protocol: byTime, split })]).toEqual(['e']);
    const earlier = { validation: test, test: set({}) };
    expect([...usersNotTrainedOn({ protocol: byTime, split: earlier })]).toEqual(['e']);
  });
});
