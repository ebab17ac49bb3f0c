/** The space of a model's items: directions, cosines, and one space a model. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnsupportedError } from '../errors.js';
import { ItemSpace, itemSpaceOf } from './item-space.js';
import { Popularity } from './popularity.js';
import type { ItemEmbedding, ItemVectors, Recommender } from './recommender.js';

/** A model with item vectors, which may fail a few times before it gives them. */
function model(embedding: ItemEmbedding, failures = 0) {
  const popularity = new Popularity(
    new Int32Array(embedding.vectors.length / embedding.dimensions),
  );
  let calls = 0;
  const itemVectors = async () => {
    calls++;
    if (calls <= failures) throw new Error(`failure ${calls}`);
    return embedding;
  };
  const made: Recommender & ItemVectors = Object.assign(popularity, { itemVectors });
  return { made, calls: () => calls };
}

describe('itemSpaceOf', () => {
  const embedding = () => ({ vectors: Float32Array.of(3, 4, 0, 2, -1, 0), dimensions: 2 });

  it('computes one space a model', async () => {
    const { made, calls } = model(embedding());
    const [first, again] = await Promise.all([itemSpaceOf(made), itemSpaceOf(made)]);
    expect(again).toBe(first);
    expect(await itemSpaceOf(made)).toBe(first);
    expect(calls()).toBe(1);
    expect([first.items, first.dimensions]).toEqual([3, 2]);
    expect(await itemSpaceOf(model(embedding()).made)).not.toBe(first);
  });

  it('tries again after a failure', async () => {
    const { made, calls } = model(embedding(), 1);
    await expect(itemSpaceOf(made)).rejects.toThrow('failure 1');
    expect((await itemSpaceOf(made)).items).toBe(3);
    expect(calls()).toBe(2);
  });

  it('refuses a model without item vectors', () => {
    const popularity = new Popularity(Int32Array.of(1, 2));
    expect(() => itemSpaceOf(popularity)).toThrow(UnsupportedError);
    expect(() => itemSpaceOf(popularity)).toThrow(/model popularity has no item vectors/);
  });
});

describe('ItemSpace', () => {
  const number = fc.double({ min: -9, max: 9, noNaN: true });
  /** [I, D] of any size, some vectors of length 0. */
  const matrix = fc
    .integer({ min: 1, max: 9 })
    .chain((dimensions) =>
      fc
        .array(
          fc.oneof(
            fc.array(number, { minLength: dimensions, maxLength: dimensions }),
            fc.constant(Array<number>(dimensions).fill(0)),
          ),
          { minLength: 1, maxLength: 8 },
        )
        .map((rows) => ({ dimensions, rows: rows.map((row) => row.map(Math.fround)) })),
    );
  const cosine = (a: readonly number[], b: readonly number[]) => {
    const dot = (x: readonly number[], y: readonly number[]) =>
      x.reduce((sum, value, d) => sum + value * y[d]!, 0);
    const lengths = Math.sqrt(dot(a, a) * dot(b, b));
    return lengths === 0 ? 0 : dot(a, b) / lengths;
  };
  const isUsual = (row: readonly number[]) =>
    row.every((x) => x === 0) || Math.hypot(...row) > 1e-3;

  it('gives the cosines of an item with all items, or with those that are asked for', () => {
    fc.assert(
      fc.property(matrix, fc.nat(), fc.array(fc.nat(), { maxLength: 5 }), (space, seed, picks) => {
        const { dimensions, rows } = space;
        fc.pre(rows.every(isUsual));
        const made = new ItemSpace({ vectors: Float32Array.from(rows.flat()), dimensions });
        expect([made.items, made.dimensions]).toEqual([rows.length, dimensions]);
        const item = seed % rows.length;
        const exact = rows.map((row) => cosine(rows[item]!, row));
        const all = made.cosines(item);
        expect(all).toHaveLength(rows.length);
        all.forEach((value, k) => {
          expect(value).toBeCloseTo(exact[k]!, 4);
          expect(Math.abs(value)).toBeLessThanOrEqual(1);
        });
        const others = picks.map((pick) => pick % rows.length);
        expect([...made.cosines(item, others)]).toEqual(others.map((other) => all[other]!));
        const direction = made.direction(item);
        expect(direction).toHaveLength(dimensions);
        const length = Math.hypot(...direction);
        expect(length).toBeCloseTo(rows[item]!.every((x) => x === 0) ? 0 : 1, 4);
      }),
    );
  });
});
