/** How an ensemble compares items, against values by hand. */
import { describe, expect, it } from 'vitest';
import { Popularity } from '../popularity.js';
import type { ItemEmbedding } from '../recommender.js';
import { blendedNearness, blendedVectors } from './blended-items.js';

class Related extends Popularity {
  readonly #relations: readonly (readonly number[])[];
  readonly #vectors: readonly (readonly number[])[];

  constructor(
    relations: readonly (readonly number[])[],
    vectors: readonly (readonly number[])[] = [],
  ) {
    super(new Int32Array(relations[0]!.length));
    this.#relations = relations;
    this.#vectors = vectors;
  }

  async itemRelations(item: number): Promise<Float32Array> {
    return Float32Array.from(this.#relations[item]!);
  }

  async itemVectors(): Promise<ItemEmbedding> {
    return {
      vectors: Float32Array.from(this.#vectors.flat()),
      dimensions: this.#vectors[0]!.length,
    };
  }
}

describe('blendedNearness', () => {
  it('weighs what each member says, relative to its largest other value', async () => {
    const a = new Related([[9, 4, -2]]);
    const b = new Related([[0, -0.1, 0.05]]);
    const near = await blendedNearness(
      [
        { weight: 3, model: a },
        { weight: 1, model: b },
      ],
      0,
    );
    // The item itself counts neither as a value nor as the largest one.
    const expected = [0, 0.75 * 1 - 0.25, 0.75 * -0.5 + 0.25 * 0.5];
    for (const [item, value] of expected.entries()) expect(near[item]).toBeCloseTo(value, 6);
  });

  it('leaves out a member that ties the item to nothing', async () => {
    const none = new Related([[5, 0, 0]]);
    const some = new Related([[5, 2, 1]]);
    const near = await blendedNearness(
      [
        { weight: 1, model: none },
        { weight: 1, model: some },
      ],
      0,
    );
    expect(Array.from(near)).toEqual([0, 0.5, 0.25]);
  });
});

describe('blendedVectors', () => {
  it('have the weighted mean of the cosines as dot products', async () => {
    const a = new Related(
      [[0, 0]],
      [
        [2, 0],
        [3, 3],
      ],
    ); // cosine √½
    const b = new Related([[0, 0]], [[1], [-4]]); // cosine −1
    const { vectors, dimensions } = await blendedVectors([
      { weight: 1, model: a },
      { weight: 3, model: b },
    ]);
    expect(dimensions).toBe(3);
    const first = vectors.subarray(0, 3);
    const second = vectors.subarray(3);
    const dot = (x: Float32Array, y: Float32Array) =>
      x.reduce((sum, value, d) => sum + value * y[d]!, 0);
    expect(dot(first, second)).toBeCloseTo(0.25 * Math.SQRT1_2 - 0.75, 6);
    expect(dot(first, first)).toBeCloseTo(1, 6);
  });
});
