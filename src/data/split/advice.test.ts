/** Flags that make a split possible: each is tried out on the data that it is for. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { defaultThreshold, isClick } from '../click.js';
import { ClickMatrix } from '../click-matrix.js';
import type { Scale } from '../files/rating.js';
import type { ItemId, UserId } from '../ids.js';
import { flagsThatHelp } from './advice.js';
import { defaultHeldoutUsers, type LabelledClicks, strongGeneralization } from './users.js';

interface Asked {
  readonly threshold?: number | null;
  readonly minClicks?: number;
  readonly heldoutUsers?: number;
}

const halfStars: Scale = { low: 0.5, high: 5 };

/** A row of ratings for each user, of items 0, 1, 2, and so on; null for no rating. */
type Ratings = readonly (readonly (number | null)[])[];

function reader(ratings: Ratings) {
  return async (threshold: number | null, minClicks: number): Promise<LabelledClicks> => {
    const columns = Math.max(0, ...ratings.map((row) => row.length));
    const rows = ratings
      .map((row) => [...row.keys()].filter((item) => isClick(row[item]!, threshold)))
      .map((row, user) => ({ row, user }))
      .filter(({ row }) => row.length >= minClicks);
    const clicks = ClickMatrix.fromRows(
      columns,
      rows.map(({ row }) => row),
    );
    return {
      userIds: rows.map(({ user }) => `${user}` as UserId),
      itemIds: Array.from({ length: columns }, (_, item) => `${item}` as ItemId),
      clicks,
      positions: Int32Array.from({ length: clicks.clicks }, (_, k) => k),
    };
  };
}

/** Splits as a command does, and gives the flags where that fails; null where nothing helps. */
async function advice(ratings: Ratings, asked: Asked = {}, scale: Scale | null = halfStars) {
  const { threshold: ratingThreshold = defaultThreshold(scale), minClicks = 5 } = asked;
  const read = reader(ratings);
  const clicks = await read(ratingThreshold, minClicks);
  const heldoutUsers = asked.heldoutUsers ?? defaultHeldoutUsers(clicks.userIds.length);
  const protocol = { ...paperProtocol, ratingThreshold, minClicks, heldoutUsers };
  try {
    strongGeneralization(clicks, protocol);
    return 'none needed';
  } catch (error) {
    expect(error).toBeInstanceOf(SplitError);
    const isHeldoutAsked = asked.heldoutUsers !== undefined;
    return flagsThatHelp({ protocol, isHeldoutAsked, scale, read });
  }
}

/** The same request with the flags of the advice. */
function follow(asked: Asked, flags: string): Asked {
  const names = { '--threshold': 'threshold', '--min-clicks': 'minClicks' } as const;
  const followed: Record<string, unknown> = { ...asked };
  const words = flags.split(' ');
  for (let k = 0; k < words.length; k += 2) {
    followed[names[words[k] as keyof typeof names] ?? 'heldoutUsers'] = Number(words[k + 1]);
  }
  return followed;
}

const users = (count: number, row: Ratings[number]): Ratings => Array(count).fill(row);
const five = [5, 5, 5, 5, 5];

describe('flagsThatHelp', () => {
  it.each<[string, Ratings, Asked, string | null]>([
    ['nine users', users(9, five), {}, '--heldout-users 1'],
    ['three users', users(3, five), {}, '--heldout-users 1'],
    ['ten users, five held out', users(10, five), { heldoutUsers: 5 }, '--heldout-users 4'],
    ['one user', users(1, five), {}, null],
    ['two users', users(2, five), { heldoutUsers: 1 }, null],
    ['no user', [], {}, null],
    ['too high a minimum', users(20, five), { minClicks: 6 }, '--min-clicks 5'],
    [
      'too high a minimum for few',
      users(4, five),
      { minClicks: 9 },
      '--min-clicks 5 --heldout-users 1',
    ],
    ['too high a threshold', users(20, five), { threshold: 5 }, '--threshold 3.5'],
    ['only low ratings', users(20, [2, 2, 2, 2, 2]), {}, '--threshold 1.5'],
    ['only the lowest rating', users(20, Array(5).fill(0.5)), {}, '--threshold -0.5'],
    ['too few clicks, all of them', users(20, [5, 5, 5, 5]), {}, null],
    ['a threshold for clicks', users(2, Array(5).fill(null)), {}, null],
  ])('%s', async (_, ratings, asked, expected) => {
    expect(await advice(ratings, asked)).toBe(expected);
  });

  it('looks for held-out users with enough clicks where those that were drawn have too few', async () => {
    // One user in twenty has five clicks, the others have one.
    const ratings = Array.from({ length: 200 }, (_, u) => (u % 20 === 0 ? five : [5]));
    const asked = { minClicks: 1, heldoutUsers: 1 };
    const flags = await advice(ratings, asked);
    expect(flags).toMatch(/^--heldout-users \d+$/);
    expect(await advice(ratings, follow(asked, flags!))).toBe('none needed');
  });

  it('tries out each size where they are few: the nearest one that works', async () => {
    const ratings = Array.from({ length: 40 }, (_, u) => (u % 3 === 0 ? five : [5]));
    expect(await advice(ratings, { minClicks: 1, heldoutUsers: 16 })).toBe('--heldout-users 15');
    expect(await advice(ratings, { minClicks: 1, heldoutUsers: 4 })).toBe('--heldout-users 3');
  });

  it('gives flags that work, for any data and any request', async () => {
    const row = fc.array(fc.constantFrom(1, 2, 3, 4, 5), { maxLength: 9 });
    const asked = fc.record(
      {
        threshold: fc.constantFrom(2, 3.5, 4.5, 5),
        minClicks: fc.integer({ min: 1, max: 12 }),
        heldoutUsers: fc.integer({ min: 1, max: 12 }),
      },
      { requiredKeys: [] },
    );
    let helped = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 25 }), asked, async (ratings, request) => {
        const flags = await advice(ratings, request);
        if (flags === null || flags === 'none needed') return;
        helped++;
        expect([flags, await advice(ratings, follow(request, flags))]).toEqual([
          flags,
          'none needed',
        ]);
      }),
      { numRuns: 200 },
    );
    expect(helped).toBeGreaterThan(20);
  });
});
