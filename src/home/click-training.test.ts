/** Training on a click matrix without a home. */

import { describe, expect, it } from 'vitest';
import { checkerboard } from '../../test/fixtures/checkerboard.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ConfigError, SplitError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import { type ClickTrainingConfig, splitClicks, train } from './click-training.js';

const clicks = checkerboard(150, 30, 8, 1);

describe('splitClicks', () => {
  it('gives every row to one set, and hides a fifth of the held-out clicks', () => {
    const { train: rows, validation, test } = splitClicks(clicks, { heldoutUsers: 20, seed: 3 });
    expect(rows.rows).toBe(110);
    const heldOut = [...validation.users, ...test.users];
    expect(new Set(heldOut).size).toBe(40);
    test.users.forEach((user, u) => {
      const whole = Array.from(clicks.row(Number(user)));
      const seen = Array.from(test.foldIn.row(u));
      const hidden = Array.from(test.heldOut.row(u));
      expect(hidden).toHaveLength(Math.floor(whole.length / 5));
      expect([...seen, ...hidden].sort()).toEqual(whole.sort());
    });
  });

  it('depends on the seed alone', () => {
    expect(splitClicks(clicks, { seed: 2 })).toEqual(splitClicks(clicks, { seed: 2 }));
    expect(splitClicks(clicks, { seed: 2 })).not.toEqual(splitClicks(clicks, { seed: 3 }));
  });

  it('refuses to leave no row to train on', () => {
    expect(() => splitClicks(clicks, { heldoutUsers: 75 })).toThrow(SplitError);
    expect(() => splitClicks(clicks.slice(0, 9))).toThrow(/9 rows.*give heldoutUsers from 1 to 4$/);
    expect(splitClicks(clicks.slice(0, 9), { heldoutUsers: 4 }).train.rows).toBe(1);
    expect(() => splitClicks(clicks.slice(0, 2), { heldoutUsers: 1 })).toThrow(
      /give at least 3 rows$/,
    );
  });
});

describe('train', () => {
  const config = { epochs: 12, batchSize: 20, learningRate: 0.02, latentDim: 4, seed: 3 };

  it.each<ClickTrainingConfig>([
    { model: 'mult-vae', hiddenDims: [16], ...config },
    { model: 'ease', lambda: 20 },
  ])('learns which items go together: $model', async (chosen) => {
    const { train: rows, validation, test } = splitClicks(clicks);
    const model = await train(rows, chosen, { validation });
    const { metrics } = await evaluate(model, test, [5]);
    const fans = ClickMatrix.fromRows(30, [[0, 2, 4]]);
    const { items } = await model.topN(fans, 5, fans);
    model.dispose();
    expect(Array.from(items, (item) => item % 2)).toEqual([0, 0, 0, 0, 0]);
    expect(metrics['recall@5']!.mean).toBeGreaterThan(0.2);
  });

  it('holds out a tenth of the rows where nobody is given for validation', async () => {
    const scores: number[] = [];
    const chosen = { model: 'mult-dae', ...config, epochs: 2 } as const;
    const onEpoch = ({ ndcg100 }: { ndcg100: number }) => scores.push(ndcg100);
    (await train(clicks, chosen, { onEpoch })).dispose();
    expect(scores).toHaveLength(2);
    expect(Math.min(...scores)).toBeGreaterThan(0);
    await expect(train(clicks.slice(0, 9), chosen)).rejects.toThrow(/too few/);
  });

  it('refuses a wrong hyper-parameter', async () => {
    await expect(train(clicks, { model: 'ease', lambda: -1 })).rejects.toThrow(ConfigError);
  });
});
