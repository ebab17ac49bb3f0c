import type { ItemEmbedding } from './recommender.js';

/** The items' vectors at length 1, so that a dot product is a cosine: a vector's length is popularity more than taste. */
export class ItemSpace {
  /** I */
  readonly items: number;
  /** D */
  readonly dimensions: number;
  /** [I, D] */
  readonly #directions: Float32Array;

  /** @param embedding - taken over: its vectors are scaled in place; one of length 0 stays, unlike every other */
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

  /** [D], a view that must not be written to. */
  direction(item: number): Float32Array {
    return this.#directions.subarray(item * this.dimensions, (item + 1) * this.dimensions);
  }

  /**
   * The cosine of one item with each of some others, in [-1, 1].
   *
   * @param others - all items where it is not given
   */
  cosines(item: number, others?: ArrayLike<number>): Float32Array {
    const own = this.direction(item);
    const { dimensions } = this;
    const cosines = new Float32Array(others?.length ?? this.items);
    for (let k = 0; k < cosines.length; k++) {
      const start = (others?.[k] ?? k) * dimensions;
      let sum = 0;
      for (let d = 0; d < dimensions; d++) sum += own[d]! * this.#directions[start + d]!;
      cosines[k] = Math.min(1, Math.max(-1, sum)); // rounding may leave the range
    }
    return cosines;
  }
}
