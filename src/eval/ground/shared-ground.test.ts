/** Runs of different data are measured on users whom both hold out, with present clicks. */

import { describe, expect, it } from 'vitest';
import { paperProtocol } from '../../config/protocol.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { ItemId, UserId } from '../../data/ids.js';
import type { LabelledClicks } from '../../data/split/users.js';
import { Popularity } from '../../model/popularity.js';
import { evaluate } from '../evaluate.js';
import { type GroundRun, mappedTo, onGround, sharedGround } from './shared-ground.js';

/** The clicks of users `0`, `1`, … on items `a`, `b`, …, by name. */
function clicksOf(items: string, rows: readonly string[]): LabelledClicks {
  const clicks = ClickMatrix.fromRows(
    items.length,
    rows.map((row) => [...row].map((item) => items.indexOf(item))),
  );
  return {
    userIds: rows.map((_, u) => `${u}` as UserId),
    itemIds: [...items] as ItemId[],
    clicks,
    positions: Int32Array.from({ length: clicks.clicks }, (_, k) => k),
  };
}

/** A run that holds out test users and knows items, the first with the most training clicks. */
function run(users: string, items: string): GroundRun {
  const nobody = ClickMatrix.fromRows(items.length, []);
  const test = [...users] as UserId[];
  return {
    protocol: { ...paperProtocol, heldoutUsers: test.length },
    vocabulary: {
      items: [...items] as ItemId[],
      trainClicks: Int32Array.from(items, (_, item) => items.length - item),
    },
    split: {
      validation: { users: [], foldIn: nobody, heldOut: nobody },
      test: {
        users: test,
        foldIn: ClickMatrix.fromRows(items.length, Array(test.length).fill([])),
        heldOut: ClickMatrix.fromRows(items.length, Array(test.length).fill([0])),
      },
    },
  };
}

const isAvailable = () => true;
const model = ({ vocabulary }: GroundRun) => new Popularity(vocabulary.trainClicks);

describe('sharedGround', () => {
  const clicks = clicksOf('abcdefx', ['abcdef', 'abcde', 'abcdx', 'abcdef', 'ab']);

  it('measures the users whom all runs hold out, on their present clicks', () => {
    const ground = sharedGround(
      [run('013', 'fedcba'), run('130', 'abcz'), run('319', 'a')],
      'test',
      {
        clicks,
        isAvailable,
      },
    )!;
    expect(ground.users.users).toEqual(['1', '3']);
    // The items that a run knows and the home still has, in the order of the home.
    expect(ground.vocabulary.items).toEqual([...'abcdef']);
    const row = (matrix: ClickMatrix, u: number) => [...matrix.row(u)];
    for (const [u, history] of ['abcde', 'abcdef'].entries()) {
      const { foldIn, heldOut } = ground.users;
      expect(row(heldOut, u)).toHaveLength(1);
      expect([...row(foldIn, u), ...row(heldOut, u)].sort()).toEqual(
        [...history].map((item) => 'abcdef'.indexOf(item)),
      );
    }
  });

  it('counts the present clicks of everybody else', () => {
    const ground = sharedGround([run('13', 'abcdef'), run('13', 'fedcba')], 'test', {
      clicks,
      isAvailable,
    })!;
    expect([...ground.vocabulary.trainClicks]).toEqual([3, 3, 2, 2, 1, 1]);
  });

  it('is none where no user is held out in all runs, has clicks now, or has one to hide', () => {
    const between = (a: GroundRun, b: GroundRun, rows = clicks) =>
      sharedGround([a, b], 'test', { clicks: rows, isAvailable });
    expect(between(run('01', 'abcdef'), run('23', 'abcdef'))).toBeNull();
    expect(between(run('7', 'abcdef'), run('7', 'abcdef'))).toBeNull();
    expect(between(run('4', 'abcdef'), run('4', 'abcdef'))).toBeNull();
    expect(between(run('3', 'abc'), run('3', 'abd'))).toBeNull();
    expect(between(run('3', 'abc'), run('3', 'abde'))).not.toBeNull();
  });

  it('lets a model miss what it does not know, and recommend what is there alone', async () => {
    const half = run('0', 'zyab');
    const whole = run('0', 'fedcba');
    const ground = sharedGround([half, whole], 'test', { clicks, isAvailable })!;
    const [hidden] = ground.users.heldOut.row(0);
    const lists = async (run: GroundRun) => {
      const mapped = mappedTo(ground, model(run), run.vocabulary.items);
      return evaluate(mapped, ground.users, [6]);
    };
    const knowing = await lists(whole);
    expect(knowing.metrics['recall@6']!.mean).toBe(1);
    const { rankings, metrics } = await lists(half);
    const foldIn = [...ground.users.foldIn.row(0)];
    const left = [0, 1].filter((item) => !foldIn.includes(item));
    expect([...rankings.items]).toEqual([...left, ...Array(6 - left.length).fill(-1)]);
    expect(metrics['recall@6']!.mean).toBe(hidden! < 2 ? 1 : 0);
  });

  it('neither hides nor recommends what no answer may hold', async () => {
    const all = run('0', 'abcdef');
    const first = sharedGround([all, all], 'test', { clicks, isAvailable })!;
    const gone = first.vocabulary.items[first.users.heldOut.row(0)[0]!]!;
    const only = { clicks, isAvailable: (item: string) => item !== gone };
    expect(sharedGround([all, all], 'test', only)).toBeNull();
    const two = run('03', 'abcdef');
    const ground = sharedGround([two, two], 'test', only)!;
    expect(ground.users.heldOut.columnCounts()[ground.vocabulary.items.indexOf(gone)]).toBe(0);
    const mapped = mappedTo(ground, model(two), two.vocabulary.items);
    const nothing = ClickMatrix.fromRows(6, [[]]);
    const { items } = await mapped.topN(nothing, 6, nothing);
    expect([...items].filter((item) => item >= 0)).toHaveLength(5);
    expect([...items]).not.toContain(ground.vocabulary.items.indexOf(gone));
  });

  it('scores the items of the model in the order of the ground', async () => {
    const known = run('0', 'fa');
    const ground = sharedGround([known, run('0', 'abcdef')], 'test', { clicks, isAvailable })!;
    const mapped = mappedTo(ground, model(known), known.vocabulary.items);
    const scores = await mapped.score(ClickMatrix.fromRows(6, [[1, 5]]));
    const unknown = Number.NEGATIVE_INFINITY;
    expect([...scores]).toEqual([1, unknown, unknown, unknown, unknown, 2]);
    expect(onGround(known, 'test', ground).vocabulary).toBe(ground.vocabulary);
  });
});
