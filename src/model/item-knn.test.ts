/** Item neighbours against the formula. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../data/click-matrix.js';
import { RunError } from '../errors.js';
import { ItemKnn, trainItemKnn } from './item-knn.js';

const config = { model: 'item-knn', neighbours: 2, shrinkage: 3 } as const;
/** Items 0 and 1 go together three times, 0 and 2 twice, 0 and 3 once; nobody clicked 4. */
const train = ClickMatrix.fromRows(5, [[0, 1, 2], [2, 1, 0], [1, 0], [0, 3], [3]]);
const similarity = (together: number, a: number, b: number) => together / (Math.sqrt(a * b) + 3);

describe('trainItemKnn', () => {
  it('keeps the nearest neighbours of each item with their shrunk cosines', () => {
    const weights = trainItemKnn(config, train);
    expect(weights['neighbours/offsets']!.data).toEqual(Int32Array.of(0, 2, 4, 6, 7, 7));
    expect(weights['neighbours/items']!.data).toEqual(Int32Array.of(1, 2, 0, 2, 1, 0, 0));
    const { data } = weights['neighbours/similarities']!;
    expect(data[0]).toBeCloseTo(similarity(3, 4, 3), 6);
    expect(data[1]).toBeCloseTo(similarity(2, 4, 2), 6);
    expect(data[6]).toBeCloseTo(similarity(1, 2, 4), 6);
  });

  it('breaks ties by lower index, and never keeps the item itself', () => {
    const alike = ClickMatrix.fromRows(4, [[3, 2, 1, 0]]);
    const weights = trainItemKnn({ ...config, neighbours: 2 }, alike);
    expect(weights['neighbours/items']!.data).toEqual(Int32Array.of(1, 2, 0, 2, 0, 1, 0, 1));
  });
});

describe('ItemKnn', () => {
  it('sums the similarities to those of an item’s neighbours that were clicked', async () => {
    const model = new ItemKnn(trainItemKnn(config, train), 5);
    const scores = await model.score(ClickMatrix.fromRows(5, [[0, 2]]));
    expect(scores[1]).toBeCloseTo(similarity(3, 4, 3) + similarity(2, 3, 2), 6);
    // 3 has 0 as its neighbour, though it is none of the two of 0.
    expect(scores[3]).toBeCloseTo(similarity(1, 2, 4), 6);
    expect(scores[4]).toBe(0);
  });

  it('refuses damaged weights, and weights for another number of items', () => {
    expect(() => new ItemKnn({}, 5)).toThrow(RunError);
    expect(() => new ItemKnn(trainItemKnn(config, train), 6)).toThrow(/6 items/);
  });
});
