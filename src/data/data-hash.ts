/** The hash of imported rows, which names the data of a run. */
import { createHash, type Hash } from 'node:crypto';
import type { RatingList } from './files/rating-list.js';

/** What the rows belong to. */
export interface HashedData {
  /** The hash of the data that these rows are added to. */
  readonly earlier: string | null;
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  /** A pair that weighs less is no click; null where the data have no weights. */
  readonly minWeight: number | null;
}

/**
 * SHA-256 of the accepted rows of a ratings file in file order. It does not depend on the file's format.
 *
 * Users and items are numbered by their first appearance among these rows. Each column has a hash, and so have the ids
 * of the users and of the items in that order. The result is the hash of those six hashes, after the hash of the
 * earlier data where there is one. Data with weights have a seventh hash, of the weights and of the least one of a click.
 */
export class DataHash {
  readonly #earlier: string | null;
  readonly #users: Numbering;
  readonly #items: Numbering;
  readonly #ratings = createHash('sha256');
  readonly #timestamps = createHash('sha256');
  /** Of the weights, after the least one of a click; null where the data have none. */
  readonly #weights: Hash | null;

  constructor({ earlier, userIds, itemIds, minWeight }: HashedData) {
    this.#earlier = earlier;
    this.#users = new Numbering(userIds);
    this.#items = new Numbering(itemIds);
    this.#weights = minWeight === null ? null : createHash('sha256').update(`${minWeight}\n`);
  }

  update({ count, users, items, ratings, timestamps, weights }: RatingList): void {
    this.#users.update(users, count);
    this.#items.update(items, count);
    this.#ratings.update(ratings.subarray(0, count));
    this.#timestamps.update(timestamps.subarray(0, count));
    if (weights !== null) this.#weights?.update(weights.subarray(0, count));
  }

  /** The hash, in hex. Call it once, at the end. */
  digest(): string {
    const whole = createHash('sha256');
    if (this.#earlier !== null) whole.update(this.#earlier, 'hex');
    const parts = [...this.#users.parts, ...this.#items.parts, this.#ratings, this.#timestamps];
    for (const part of parts) whole.update(part.digest());
    if (this.#weights !== null) whole.update(this.#weights.digest());
    return whole.digest('hex');
  }
}

/**
 * One id column. The indices of a home depend on what else the home holds; numbers by first appearance depend on the
 * rows alone.
 */
class Numbering {
  readonly #ids: readonly string[];
  readonly #column = createHash('sha256');
  readonly #names = createHash('sha256');
  /** By index: the number, from 1, or 0 for an id that has not appeared. */
  #numbers = new Int32Array(1024);
  #known = 0;
  #buffer = new Int32Array(1024);

  constructor(ids: readonly string[]) {
    this.#ids = ids;
  }

  get parts(): readonly Hash[] {
    return [this.#column, this.#names];
  }

  update(indices: Int32Array, count: number): void {
    if (this.#buffer.length < count) this.#buffer = new Int32Array(count);
    if (this.#numbers.length < this.#ids.length) {
      const larger = new Int32Array(2 * this.#ids.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    for (let k = 0; k < count; k++) {
      const index = indices[k]!;
      if (this.#numbers[index] === 0) {
        this.#numbers[index] = ++this.#known;
        this.#names.update(`${JSON.stringify(this.#ids[index])}\n`);
      }
      this.#buffer[k] = this.#numbers[index]!;
    }
    this.#column.update(this.#buffer.subarray(0, count));
  }
}
