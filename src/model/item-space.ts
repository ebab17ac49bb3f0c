/** The space of a model’s items, in which near items are alike. */

import { UnsupportedError } from '../errors.js';
import {
  hasItemRelations,
  hasItemVectors,
  type ItemEmbedding,
  type Recommender,
} from './recommender.js';

const spaces = new WeakMap<Recommender, Promise<ItemSpace>>();

/**
 * The space of a model's items. It is computed once per model and kept as long as the model.
 *
 * @throws UnsupportedError when the model has no item vectors
 */
export function itemSpaceOf(model: Recommender): Promise<ItemSpace> {
  if (!hasItemVectors(model)) {
    throw new UnsupportedError(
      `the model ${model.model} has no item vectors, so it cannot compare items by itself; a home compares them by who clicked them (\`openHome\`, \`similar\`), or choose another model, such as item-knn`,
    );
  }
  const known = spaces.get(model);
  if (known !== undefined) return known;
  const space = model.itemVectors().then((embedding) => new ItemSpace(embedding));
  spaces.set(model, space);
  // After a failure, the next call tries again.
  space.catch(() => spaces.delete(model));
  return space;
}

/**
 * How near every item is to one, by the model's own measure: the weights by which it ties items, where it has some,
 * else the cosines of their vectors.
 *
 * @returns [I], higher is nearer; the caller may change it
 * @throws UnsupportedError when the model cannot compare items
 */
export async function nearnessOf(model: Recommender, item: number): Promise<Float32Array> {
  if (hasItemRelations(model)) return model.itemRelations(item);
  return (await itemSpaceOf(model)).cosines(item);
}

/**
 * The items' vectors, scaled to length 1 so that a dot product is a cosine. Their lengths are dropped because they
 * reflect popularity more than taste.
 */
export class ItemSpace {
  /** I */
  readonly items: number;
  /** D */
  readonly dimensions: number;
  /** [I, D] */
  readonly #directions: Float32Array;

  /** @param embedding - the space owns it and scales its vectors in place; a vector of length 0 stays 0 */
  constructor({ vectors, dimensions }: ItemEmbedding) {
    this.items = vectors.length / dimensions;
    this.dimensions = dimensions;
    this.#directions = vectors;
    for (let item = 0; item < this.items; item++) {
      const row = this.direction(item);
      let square = 0;
      for (let d = 0; d < dimensions; d++) square += row[d]! ** 2;
      if (square === 0) continue;
      const scale = 1 / Math.sqrt(square);
      for (let d = 0; d < dimensions; d++) row[d]! *= scale;
    }
  }

  /** [D], a view; do not write to it. */
  direction(item: number): Float32Array {
    return this.#directions.subarray(item * this.dimensions, (item + 1) * this.dimensions);
  }

  /**
   * The cosines of one item with others, in [-1, 1].
   *
   * @param others - item indices. Default: all items
   */
  cosines(item: number, others?: ArrayLike<number>): Float32Array {
    const { dimensions } = this;
    const all = this.#directions;
    const own = item * dimensions;
    const cosines = new Float32Array(others?.length ?? this.items);
    for (let k = 0; k < cosines.length; k++) {
      const cosine = dot(all, own, (others?.[k] ?? k) * dimensions, dimensions);
      cosines[k] = Math.min(1, Math.max(-1, cosine)); // rounding may leave the range
    }
    return cosines;
  }
}

/** Σ_d a[first + d]·a[second + d]. Four independent sums let the processor overlap the additions. */
function dot(a: Float32Array, first: number, second: number, dimensions: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let d = 0;
  for (; d + 3 < dimensions; d += 4) {
    s0 += a[first + d]! * a[second + d]!;
    s1 += a[first + d + 1]! * a[second + d + 1]!;
    s2 += a[first + d + 2]! * a[second + d + 2]!;
    s3 += a[first + d + 3]! * a[second + d + 3]!;
  }
  for (; d < dimensions; d++) s0 += a[first + d]! * a[second + d]!;
  return s0 + s1 + (s2 + s3);
}
