/** ELSA's loss against its definition, and its scores by hand. */

import type { Tensor2D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { openEngine } from '../../backend/select.js';
import { parseConfig } from '../../config/parse.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { RandomStream } from '../../random.js';
import { lossGradients } from '../training/gradients.js';
import { elsaNetwork, elsaTerms } from './elsa-network.js';

const { tf, ...engine } = await openEngine('cpu');
const items = 7;
const dimensions = 4;
const clicks = ClickMatrix.fromRows(items, [[0, 3, 5], [1], [], [6, 2, 1, 0]]);
/** What dropout left of them. */
const kept = ClickMatrix.fromRows(items, [[3], [1], [], [6, 0]]);

const draws = new RandomStream(3, 'elsa').normals(items * dimensions);
const free = Float32Array.from(draws);

/** Rows of length 1, in doubles. */
function unit(matrix: ArrayLike<number>): number[][] {
  return Array.from({ length: items }, (_, i) => {
    const row = Array.from({ length: dimensions }, (_, d) => matrix[i * dimensions + d]!);
    const length = Math.hypot(...row);
    return row.map((value) => value / length);
  });
}

/** ‖x/‖x‖ − y/‖y‖‖² with y = x̃·(A·Aᵀ − I), as the paper writes it; one number a user. */
function losses(matrix: ArrayLike<number>, input: ClickMatrix): number[] {
  const a = unit(matrix);
  const dot = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, d) => sum + value * q[d]!, 0);
  return Array.from({ length: clicks.rows }, (_, u) => {
    const x = Array.from({ length: items }, (_, i) => +clicks.row(u).includes(i));
    const y = x.map((_, j) =>
      Array.from(input.row(u)).reduce((sum, i) => sum + (i === j ? 0 : dot(a[i]!, a[j]!)), 0),
    );
    const scaled = (values: number[]) => {
      const length = Math.hypot(...values) || 1;
      return values.map((value) => value / length);
    };
    const from = scaled(x);
    const to = scaled(y);
    return from.reduce((sum, value, i) => sum + (value - to[i]!) ** 2, 0);
  });
}

describe('the loss of ELSA', () => {
  it.each([
    ['all clicks', clicks],
    ['the clicks that dropout left', kept],
  ])('is the distance of the normalised clicks and scores, from %s', async (_, input) => {
    const vectors = tf.tensor2d(unit(free).flat(), [items, dimensions]);
    const { loss, nll, kl } = elsaTerms(tf, vectors, clicks, input);
    const own = Array.from(await loss.data());
    const expected = losses(free, input);
    // Nobody's clicks have no direction: 2 − 2·0.
    expected[2] = 2;
    own.forEach((value, u) => {
      expect(value, `user ${u}`).toBeCloseTo(expected[u]!, 5);
    });
    expect(await nll.data()).toEqual(await loss.data());
    expect(Math.max(...(await kl.data()))).toBe(0);
    tf.dispose([vectors, loss, nll, kl]);
  });

  it('has the gradient of central differences, whatever the length of a row of W', async () => {
    const network = elsaNetwork(parseConfig('elsa', { latentDim: dimensions }), items);
    const before = tf.memory().numTensors;
    const weights = { 'items/kernel': tf.tensor2d(free, [items, dimensions]) };
    const pass = network.passes[0]!;
    const { loss, nll, kl, gradients } = lossGradients(
      tf,
      weights,
      { users: clicks.rows, names: pass.moves },
      (current) => network.loss(tf, current, { clicks, update: 0, beta: 0, pass }),
    );
    const gradient = await gradients['items/kernel']!.data();
    const mean = (matrix: Float64Array) => {
      const each = losses(matrix, clicks);
      return (each[0]! + each[1]! + each[3]!) / 4;
    };
    for (let k = 0; k < free.length; k++) {
      const moved = (step: number) =>
        Float64Array.from(free, (value, j) => value + (j === k ? step : 0));
      const slope = (mean(moved(1e-5)) - mean(moved(-1e-5))) / 2e-5;
      expect(gradient[k], `element ${k}`).toBeCloseTo(slope, 4);
    }
    tf.dispose([loss, nll, kl, gradients, weights]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('stays finite where an item is alone, so that its scores are all 0', async () => {
    const vectors = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    const own = ClickMatrix.fromRows(2, [[0]]);
    const { loss } = elsaTerms(tf, vectors as Tensor2D, own, own);
    expect(Array.from(await loss.data())).toEqual([2]);
  });
});

describe('ELSA', () => {
  it('scores by the cosines with the other clicked items, and stores rows of length 1', async () => {
    const network = elsaNetwork(parseConfig('elsa', { latentDim: 2 }), 3);
    const trained = { 'items/kernel': tf.tensor2d([2, 0, 0, 5, 3, 3], [3, 2]) };
    const scoring = network.scoringWeights!(tf, trained);
    const half = Math.SQRT1_2;
    const stored = Array.from(await scoring['items/kernel']!.data());
    [1, 0, 0, 1, half, half].forEach((value, k) => {
      expect(stored[k]).toBeCloseTo(value, 6);
    });
    const model = network.recommender({ tf, ...engine }, scoring);
    const rows = ClickMatrix.fromRows(3, [[0], [0, 2]]);
    const scores = Array.from(await model.score(rows));
    [0, 0, half, half, half, half].forEach((value, k) => {
      expect(scores[k]).toBeCloseTo(value, 6);
    });
    // An item's own click does not count, so without a mask it is no nearer than others.
    const { items: ranked } = await model.topN(rows, 3, ClickMatrix.fromRows(3, [[], []]));
    expect(Array.from(ranked.subarray(0, 3))).toEqual([2, 0, 1]);
    model.dispose();
    trained['items/kernel'].dispose();
  });

  it('begins in directions of its seed', () => {
    const begin = (seed: number) => {
      const network = elsaNetwork(parseConfig('elsa', { latentDim: dimensions, seed }), items);
      return network.initialWeights()['items/kernel']!.data;
    };
    expect(begin(1)).toEqual(begin(1));
    expect(begin(1)).not.toEqual(begin(2));
    unit(begin(1))
      .flat()
      .forEach((value, k) => {
        expect(begin(1)[k]).toBeCloseTo(value, 6);
      });
  });
});
