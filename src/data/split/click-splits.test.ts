/** The protocols that hold out clicks of users who are trained on: small examples, worked by hand. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeldOutClicks, paperProtocol } from '../../config/protocol.js';
import { ClickMatrix } from '../click-matrix.js';
import type { ItemId, UserId } from '../ids.js';
import { leaveLast } from './leave-last.js';
import { splitPerUser } from './per-user.js';
import { readPublished, splitPublished } from './published.js';
import { splitByTime, type TimedClicks, timeCuts } from './time.js';
import type { HeldOutUsers, Split } from './users.js';

type Click = readonly [user: string, item: string, time?: number | undefined];

/** Clicks in the order of a file; items are numbered by first appearance. */
function clicksOf(rows: readonly Click[]): TimedClicks {
  const users = [...new Set(rows.map(([user]) => user))].sort();
  const items = [...new Set(rows.map(([, item]) => item))];
  const own = users.map((user) => [...rows.keys()].filter((k) => rows[k]![0] === user));
  const places = own.flat();
  return {
    userIds: users as UserId[],
    itemIds: items as ItemId[],
    clicks: ClickMatrix.fromRows(
      items.length,
      own.map((row) => row.map((k) => items.indexOf(rows[k]![1]))),
    ),
    positions: Int32Array.from(places),
    times: Float64Array.from(places, (k) => rows[k]![2] ?? Number.NaN),
  };
}

function protocol<Held extends HeldOutClicks>(heldOutClicks: Held, minClicks = 1) {
  return { ...paperProtocol, ratingThreshold: null, minClicks, heldoutUsers: 1, heldOutClicks };
}

/** A split in words: for each user what is seen and what is hidden. */
function told({ userOrder, vocabulary, train, validation, test, ...rest }: Split) {
  const words = (matrix: ClickMatrix, row: number) =>
    Array.from(matrix.row(row), (item) => vocabulary[item]!).join(' ');
  const set = (users: HeldOutUsers) => ({
    ...Object.fromEntries(
      users.users.map((user, u) => {
        const unknown = users.unknown?.[u] ?? [];
        const missed = unknown.length > 0 ? ` (${unknown.join(' ')})` : '';
        return [user, `${words(users.foldIn, u)} | ${words(users.heldOut, u)}${missed}`];
      }),
    ),
    ...(users.newUsers && { new: users.newUsers.join(' ') }),
  });
  return {
    train: Object.fromEntries(
      Array.from({ length: train.rows }, (_, u) => [userOrder[u]!, words(train, u)]),
    ),
    vocabulary: vocabulary.join(' '),
    positions: [...rest.trainPositions],
    users: userOrder.join(' '),
    validation: set(validation),
    test: set(test),
    heldoutUsers: rest.protocol.heldoutUsers,
  };
}

describe('splitByTime', () => {
  // Trained on before 100; validation until 200; the test from 200 on.
  const rows: Click[] = [
    ['ann', 'a', 10],
    ['bob', 'b', 20],
    ['ann', 'c', 30],
    ['bob', 'a', 150],
    ['ann', 'd', 200],
    ['cat', 'a', 99],
    ['cat', 'e', 120],
    ['cat', 'b', 250],
    ['dan', 'a', 300],
    ['eve', 'c', 140],
    ['eve', 'b', 260],
    ['ann', 'b', 100],
    ['fay', 'f'],
    ['fay', 'a', 40],
    ['fay', 'b', 210],
  ];
  const cuts = { by: 'time', trainBefore: 100, testFrom: 200 } as const;

  it('trains on the past alone, and folds in all that came before the hidden clicks', () => {
    expect(told(splitByTime(clicksOf(rows), protocol(cuts)))).toEqual({
      train: { ann: 'a c', bob: 'b', cat: 'a', fay: 'a' },
      vocabulary: 'a b c',
      positions: [0, 2, 1, 5, 13],
      users: 'ann bob cat fay eve dan',
      // cat hid e, which nobody clicked before 100; eve had done nothing before.
      validation: { ann: 'a c | b', bob: 'b | a', cat: 'a |  (e)', new: 'eve' },
      // In the test, eve's validation click is known, and so is ann's; dan is new; d and e are in no list.
      test: { ann: 'a c b |  (d)', cat: 'a | b', eve: 'c | b', fay: 'a | b', new: 'dan' },
      heldoutUsers: 4,
    });
  });

  it('trains on users with enough clicks before the cut, and measures the others all the same', () => {
    const { train, validation, test, vocabulary } = told(
      splitByTime(clicksOf(rows), protocol(cuts, 2)),
    );
    expect({ train, validation, test, vocabulary }).toEqual({
      train: { ann: 'a c' },
      vocabulary: 'a c',
      validation: { ann: 'a c |  (b)', cat: 'a |  (e)', new: 'bob eve' },
      test: { ann: 'a c |  (d)', cat: 'a |  (b)', eve: 'c |  (b)', fay: 'a |  (b)', new: 'dan' },
    });
  });

  it('leaves the future out: changing it changes nothing that is trained on', () => {
    const past = rows.filter(([, , time = 0]) => time < 100);
    const future: Click[] = [
      ['ann', 'x', 120],
      ['bob', 'a', 130],
      ['zoe', 'y', 400],
      ['cat', 'y', 500],
    ];
    const split = (all: readonly Click[]) => {
      const { train, vocabulary } = told(splitByTime(clicksOf(all), protocol(cuts)));
      return { train, vocabulary };
    };
    expect(split([...past, ...future])).toEqual(split(rows));
    expect(split([['ann', 'z', 99], ...past, ...future])).not.toEqual(split(rows));
  });

  it('refuses a test of new users alone, and nobody to train on', () => {
    const alone: Click[] = [
      ['ann', 'a', 1],
      ['ann', 'b', 120],
      ['bob', 'a', 300],
    ];
    expect(() => splitByTime(clicksOf(alone), protocol(cuts))).toThrow(
      'none of the 1 users with a test click has an earlier click on an item that is trained on',
    );
    expect(() => splitByTime(clicksOf(alone), protocol(cuts, 2))).toThrow(
      'none of the 2 users has 2 clicks to train on',
    );
  });
});

describe('timeCuts', () => {
  const times = Float64Array.from([50, 10, 20, 20, Number.NaN, 30, 40, 60, 70, 80, 90]);

  it('takes moments, and quantiles of the times that are known', () => {
    // Ten times; .8 of them lie before 80, and half of the two that are left before 90.
    expect(timeCuts(times, {})).toEqual({ trainBefore: 80, testFrom: 90 });
    expect(timeCuts(times, { trainBefore: { quantile: 0.5 } })).toEqual({
      trainBefore: 50,
      testFrom: 70,
    });
    expect(timeCuts(times, { trainBefore: { seconds: 15 }, testFrom: { seconds: 85.5 } })).toEqual({
      trainBefore: 15,
      testFrom: 85.5,
    });
    // Equal times stay together.
    expect(timeCuts(times, { trainBefore: { quantile: 0.2 } }).trainBefore).toBe(20);
  });

  it.each([
    [{ seconds: 10 }, undefined, 'no click came before 1970-01-01T00:00:10Z (--train-before)'],
    [{ seconds: 91 }, undefined, 'no click came at 1970-01-01T00:01:31Z (--train-before) or later'],
    [{ seconds: 50 }, { seconds: 91 }, 'no click came at 1970-01-01T00:01:31Z (--test-from)'],
    [{ seconds: 50 }, { seconds: 50 }, 'no click lies between'],
    [{ seconds: 50 }, { seconds: 20 }, 'no click lies between'],
    [{ seconds: 85 }, undefined, 'no click lies between'],
  ])('refuses %j and %j', (trainBefore, testFrom, message) => {
    const cut = () => timeCuts(times, { trainBefore, ...(testFrom && { testFrom }) });
    expect(cut).toThrow(message);
    expect(cut).toThrow(
      'the times of the clicks are from 1970-01-01T00:00:10Z to 1970-01-01T00:01:30Z',
    );
  });

  it('refuses clicks without times', () => {
    expect(() => timeCuts(new Float64Array(3).fill(Number.NaN), {})).toThrow(
      'the clicks have no times',
    );
  });
});

describe('leaveLast', () => {
  it('hides the last clicks by time, then by the order of the file', () => {
    const rows: Click[] = [
      ['ann', 'a', 50],
      ['ann', 'b', 10],
      ['ann', 'c', 30],
      ['ann', 'd', 30],
      ['bob', 'a'],
      ['bob', 'c', 5],
      ['bob', 'b'],
      ['bob', 'd'],
      ['cat', 'a', 1],
      ['cat', 'b', 2],
    ];
    expect(told(leaveLast(clicksOf(rows), protocol({ by: 'leave-last', last: 1 })))).toEqual({
      // cat has two clicks, and three are needed to hide any.
      train: { ann: 'b c', bob: 'a b', cat: 'a b' },
      vocabulary: 'b c a',
      positions: [1, 2, 4, 6, 8, 9],
      users: 'ann bob cat',
      // ann by time: b 10, c 30, d 30, a 50. bob: a, b, d without a time, then c.
      validation: { ann: 'b c |  (d)', bob: 'a b |  (d)' },
      test: { ann: 'b c | a', bob: 'a b | c' },
      heldoutUsers: 2,
    });
  });

  it('takes the order of the file where clicks of a user are in another one', () => {
    const clicks = clicksOf([...'abcd'].map((item): Click => ['ann', item, 7]));
    const turned = { ...clicks, positions: Int32Array.of(2, 9, 4, 1) };
    const { test, validation } = told(leaveLast(turned, protocol({ by: 'leave-last', last: 1 })));
    // By their places in the file: d, a, c, b.
    expect([validation, test]).toEqual([{ ann: 'a d |  (c)' }, { ann: 'a d |  (b)' }]);
  });

  it('hides K clicks of each user, and says how many clicks that takes', () => {
    const row = [...'abcdef'].map((item): Click => ['ann', item]);
    const { validation, test, train } = told(
      leaveLast(
        clicksOf([...row, ...row.map(([, item]): Click => ['bob', item])]),
        protocol({ by: 'leave-last', last: 2 }),
      ),
    );
    expect({ train, validation, test }).toEqual({
      train: { ann: 'a b', bob: 'a b' },
      validation: { ann: 'a b |  (c d)', bob: 'a b |  (c d)' },
      test: { ann: 'a b |  (e f)', bob: 'a b |  (e f)' },
    });
    expect(() => leaveLast(clicksOf(row), protocol({ by: 'leave-last', last: 3 }))).toThrow(
      'no user has 7 clicks, and to hold out the last 3 of them for the test and 3 for validation takes so many; the most are 6. Hold out fewer: --last 2',
    );
    expect(() =>
      leaveLast(clicksOf(row.slice(0, 2)), protocol({ by: 'leave-last', last: 1 })),
    ).toThrow('the most are 2. Choose another --protocol');
  });
});

describe('splitPerUser', () => {
  it('hides a share of the clicks of each user, and at least one of each kind', () => {
    const rows = [...'abcdefghij'].map((item): Click => ['ann', item]);
    rows.push(['bob', 'a'], ['bob', 'b'], ['bob', 'c'], ['cat', 'a'], ['cat', 'b']);
    const split = splitPerUser(clicksOf(rows), protocol({ by: 'per-user', share: 0.2 }));
    const sizes = (set: HeldOutUsers) =>
      Object.fromEntries(
        set.users.map((user, u) => [
          user,
          [set.foldIn.row(u).length, set.heldOut.row(u).length + (set.unknown?.[u]?.length ?? 0)],
        ]),
      );
    expect(split.userOrder).toEqual(['ann', 'bob', 'cat']);
    expect(Array.from({ length: 3 }, (_, u) => split.train.row(u).length)).toEqual([6, 1, 2]);
    // Of 10 clicks two are hidden each; what is hidden may be outside the vocabulary, and so may be what is seen.
    const [, hidden] = sizes(split.test).ann!;
    expect(hidden).toBe(2);
    expect(sizes(split.validation)).toEqual({ ann: [6, 2], bob: [1, 1] });
    expect(told(split).test).not.toHaveProperty('cat');
  });

  it('depends on the seed, the user and the user’s clicks alone', () => {
    const ann = [...'abcdefghij'].map((item): Click => ['ann', item]);
    const bob = ann.map(([, item]): Click => ['bob', item]);
    const share = { by: 'per-user', share: 0.3 } as const;
    const trained = (rows: readonly Click[], splitSeed = 1) =>
      told(splitPerUser(clicksOf(rows), { ...protocol(share), splitSeed })).train.ann;
    expect(trained([...ann, ...bob])).toBe(trained(ann));
    expect(trained(ann, 2)).not.toBe(trained(ann));
    expect(() => splitPerUser(clicksOf(ann.slice(0, 2)), protocol(share))).toThrow(
      'no user has 3 clicks',
    );
  });
});

describe('published splits', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-published-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const split = async (paths: { train: string; validation?: string; test: string }) => {
    const published = await readPublished(paths);
    const { heldOutClicks: _, ...rest } = protocol(published.files);
    return { published, told: told(splitPublished(published, rest)) };
  };

  it('folds in the training clicks, and counts what the training does not know', async () => {
    const train = file('train.txt', '0 7 8\n1 8 9\n2\n10 7\n');
    const validation = file('validation.csv', 'user,item\n0,9\n1,5\n');
    const test = file('test.txt', '0 9 6\n1 7 8\n3 7\n2 7\n10\n');
    const { published, told: found } = await split({ train, validation, test });
    expect(found).toEqual({
      train: { 0: '7 8', 1: '8 9', 10: '7' },
      vocabulary: '7 8 9',
      positions: [0, 1, 2, 3, 4],
      users: '0 1 10 2 3',
      // 0 has 9 in the test file too, so that it is no validation click.
      validation: { 1: '8 9 |  (5)' },
      // 1 has 8 in the training file; 2 and 3 have no training click.
      test: { 0: '7 8 | 9 (6)', 1: '8 9 | 7', new: '2 3' },
      heldoutUsers: 2,
    });
    expect(published.repeated).toEqual({ inOne: 0, inTwo: 2 });
    expect(published.emptyLines).toBe(2);
    expect(published.files).toEqual({
      by: 'files',
      train: { path: train, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      validation: { path: validation, sha256: expect.any(String) },
      test: { path: test, sha256: expect.any(String) },
    });
  });

  it('holds out a tenth of the training clicks where there is no validation file', async () => {
    // Items 0 to 9 of ten users each; item 99 of one user alone is never held out.
    const lines = Array.from({ length: 10 }, (_, u) => `${u} 0 1 2 3 4 5 6 7 8 9`);
    const train = file('all.txt', `${lines.join('\n')} 99\n`);
    const test = file('hidden.txt', '3 99\n9 98\n');
    const published = await readPublished({ train, test });
    const { heldOutClicks: _, ...rest } = protocol(published.files);
    const made = splitPublished(published, rest);
    expect(made.train.clicks).toBe(101 - 10);
    expect(made.validation.heldOut.clicks).toBe(10);
    expect(made.vocabulary).toHaveLength(11);
    // In the test, the whole training file is folded in.
    expect(made.test.users).toEqual(['3', '9']);
    expect(made.test.foldIn.row(0)).toHaveLength(10);
    expect(made.test.foldIn.row(1)).toHaveLength(11);
    expect(made.test.unknown).toEqual([[], ['98']]);
    expect(told(splitPublished(published, { ...rest, splitSeed: 5 }))).not.toEqual(told(made));
  });

  it('reads rows and lines, with a header, quotes, tabs and blanks', async () => {
    const test = file('t.txt', '1 a\n');
    const forms = [
      'uid,sid\n1,b\n1,c\n2,b\n2,a\n',
      '"1";"b"\n1;c\r\n2;b\n\n2;a\n',
      '1\tb c\n2\tb a\n',
      '1  b c\n2 b\n2 a',
    ];
    for (const [k, text] of forms.entries()) {
      const { clicks, roleOf } = await readPublished({ train: file(`form${k}.txt`, text), test });
      const rows = [0, 1].map((u) =>
        Array.from(clicks.clicks.row(u), (item) => clicks.itemIds[item]).join(' '),
      );
      expect([k, clicks.userIds, rows, [...roleOf]]).toEqual([
        k,
        ['1', '2'],
        ['b c a', 'b a'],
        [1, 1, 3, 1, 1],
      ]);
    }
  });

  it.each([
    ['1,2,5\n', 'line 1, value "1,2,5": a row has two columns, user and item, and this one has 3'],
    ['1,2\n3\n', 'line 2, value "3": a row has two columns'],
    ['1,2\n,3\n', 'line 2: an id must not be empty'],
    ['\n \n', 'holds no user with an item'],
    ['uid,sid\n', 'holds no user with an item'],
  ])('refuses %j', async (text, message) => {
    const train = file('bad.txt', text);
    await expect(readPublished({ train, test: train })).rejects.toThrow(message);
  });

  it('says which file cannot be read', async () => {
    const train = join(folder, 'nowhere.txt');
    await expect(readPublished({ train, test: train })).rejects.toThrow('nowhere.txt');
  });
});

describe('every protocol', () => {
  it('never trains on a hidden click, and never shows one to the model', () => {
    const row = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.constantFrom('p', 'q', 'r', 's', 't', 'u'),
      fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    );
    const unique = fc.uniqueArray(row, {
      selector: ([user, item]) => `${user} ${item}`,
      minLength: 4,
    });
    let made = 0;
    fc.assert(
      fc.property(unique, fc.integer({ min: 1, max: 2 }), (rows, last) => {
        const clicks = clicksOf(rows);
        const kinds = [
          () => splitByTime(clicks, protocol({ by: 'time', trainBefore: 4, testFrom: 7 })),
          () => leaveLast(clicks, protocol({ by: 'leave-last', last })),
          () => splitPerUser(clicks, protocol({ by: 'per-user', share: 0.3 })),
        ];
        for (const make of kinds) {
          let split: Split;
          try {
            split = make();
          } catch {
            continue;
          }
          made++;
          const trainedRow = new Map(split.userOrder.map((user, u) => [user, u]));
          for (const set of [split.validation, split.test]) {
            set.users.forEach((user, u) => {
              const place = trainedRow.get(user)!;
              const trained = place < split.train.rows ? [...split.train.row(place)] : [];
              const hidden = new Set(set.heldOut.row(u));
              expect(trained.filter((item) => hidden.has(item))).toEqual([]);
              expect([...set.foldIn.row(u)].filter((item) => hidden.has(item))).toEqual([]);
              for (const item of trained) expect([...set.foldIn.row(u)]).toContain(item);
            });
          }
        }
      }),
      { numRuns: 150 },
    );
    expect(made).toBeGreaterThan(20);
  });
});
