/** How unusual one user is: who is compared with whom. */
import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../data/click-matrix.js';
import { UnknownUserError, UnsupportedError } from '../errors.js';
import { Popularity } from '../model/popularity.js';
import { UserAnomalies } from './user-anomaly.js';

const itemCount = 6;

/** Explains a click by how high its index is, and notes the profiles that it was asked for. */
class Explaining extends Popularity {
  readonly asked: number[][][] = [];

  async encode() {}

  async decode() {}

  async sample() {}

  async elbo(rows: ClickMatrix) {
    const all = Array.from({ length: rows.rows }, (_, u) => [...rows.row(u)]);
    this.asked.push(all);
    const sum = (row: number[]) => row.reduce((total, item) => total - item - 1, 0);
    const elbo = Float32Array.from(all, sum);
    return { elbo, nll: elbo.map((nats) => -nats), kl: new Float32Array(rows.rows) };
  }
}

const click = (item: number, source = 'import') => ({ itemId: `${item}`, rating: 5, source });
const clicksOf = (...items: number[]) => items.map((item) => click(item));

function homeOf(
  histories: Readonly<Record<string, ReturnType<typeof click>[]>>,
  { dataHash = 'h', minClicks = 0, validation = [[1, 2], [3]] as number[][] } = {},
) {
  const recommender = new Explaining(new Array(itemCount).fill(1));
  const store = {
    userRatings: async (id: string) => histories[id] ?? null,
    userHistory: async (id: string) => histories[id] ?? null,
    userIds: async () => Object.keys(histories),
    dataset: async () => ({ dataHash }),
    catalogue: async (ids: readonly string[]) => ids.map((itemId) => ({ itemId })),
  };
  const isClick = ({ rating }: { rating: number }) => rating > 3;
  const recommendations = {
    isClick,
    clicks: (ratings: ReturnType<typeof click>[]) =>
      ratings.filter(isClick).flatMap(({ itemId }) => (itemId === 'gone' ? [] : [Number(itemId)])),
  };
  const empty = ClickMatrix.fromRows(
    itemCount,
    validation.map(() => []),
  );
  const run = {
    id: 'r',
    protocol: { minClicks },
    lineage: { dataHash: 'h' },
    vocabulary: { items: Array.from({ length: itemCount }, (_, k) => `${k}`) },
    split: {
      validation: {
        users: validation.map((_, k) => `v${k}`),
        foldIn: ClickMatrix.fromRows(itemCount, validation),
        heldOut: empty,
      },
      test: { users: ['t0'], foldIn: empty, heldOut: empty },
    },
  };
  const model = { run, recommender };
  const anomalies = new UserAnomalies(store as never, model as never, recommendations as never);
  return { anomalies, recommender };
}

const some = {
  a: clicksOf(0, 1),
  b: clicksOf(2, 3, 4),
  c: clicksOf(5),
  light: [{ ...click(1), rating: 1 }],
  t0: clicksOf(0, 5),
  v0: clicksOf(1, 2),
};

describe('judge', () => {
  it('compares a training user with other training users, in the order of their lengths', async () => {
    const { anomalies, recommender } = homeOf(some);
    const found = await anomalies.judge('a');
    expect(found).toMatchObject({ userId: 'a', trained: true, clicks: 2, elbo: -3, nll: 3 });
    expect(found.leastExpected.map(({ itemId }) => itemId)).toEqual(['1', '0']);
    expect(recommender.asked[0]).toEqual([[5], [0, 1], [2, 3, 4]]);
  });

  it('compares all others with the validation users that have clicks', async () => {
    const validation = [[3, 4], [], [1]];
    const { anomalies, recommender } = homeOf(some, { validation });
    expect((await anomalies.judge('t0')).trained).toBe(false);
    expect(recommender.asked[0]).toEqual([[1], [3, 4]]);
    const changed = homeOf(some, { dataHash: 'other' });
    expect((await changed.anomalies.judge('a')).trained).toBe(false);
  });

  it('takes nobody for trained whose imported clicks are too few', async () => {
    const histories = { ...some, told: [click(1, 'feedback'), click(2, 'feedback')] };
    expect((await homeOf(histories).anomalies.judge('told')).trained).toBe(false);
    const few = homeOf(some, { minClicks: 3 });
    expect((await few.anomalies.judge('a')).trained).toBe(false);
    const one = { ...some, d: clicksOf(1, 2, 3) };
    const { anomalies, recommender } = homeOf(one, { minClicks: 3 });
    expect((await anomalies.judge('b')).trained).toBe(true);
    expect(recommender.asked[0]).toEqual([
      [2, 3, 4],
      [1, 2, 3],
    ]);
  });

  it('says why it cannot judge', async () => {
    const { anomalies } = homeOf({ ...some, far: [{ ...click(1), itemId: 'gone' }] });
    await expect(anomalies.judge('nobody')).rejects.toThrow('no user "nobody" is stored');
    await expect(anomalies.judge('light')).rejects.toThrow(UnknownUserError);
    await expect(anomalies.judge('far')).rejects.toThrow(/knows none of the clicks of user "far"/);
    const alone = homeOf({ t0: clicksOf(1) }, { validation: [[1], []] });
    await expect(alone.anomalies.judge('t0')).rejects.toThrow(UnsupportedError);
    await expect(alone.anomalies.judge('t0')).rejects.toThrow(/knows 1 users to compare with/);
  });
});
