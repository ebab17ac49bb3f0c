import { createHash, type Hash } from 'node:crypto';
import type { RatingList } from './files/rating-list.js';

/**
 * SHA-256 over the accepted rows of a ratings file in file order, whatever the file's format.
 *
 * Rows are hashed by column, users and items numbered by their first appearance among these rows, and the ids in
 * that order; the result is the hash of those six hashes, after the earlier data's hash where there is one.
 */
export class DataHash {
  readonly #earlier: string | null;
  readonly #ids: readonly [users: Numbering, items: Numbering];
  readonly #ratings = createHash('sha256');
  readonly #timestamps = createHash('sha256');

  /** @param earlier - the hash of the data that these rows are added to */
  constructor(earlier: string | null, userIds: readonly string[], itemIds: readonly string[]) {
    this.#earlier = earlier;
    this.#ids = [new Numbering(userIds), new Numbering(itemIds)];
  }

  update({ count, users, items, ratings, timestamps }: RatingList): void {
    this.#ids[0].update(users, count);
    this.#ids[1].update(items, count);
    this.#ratings.update(ratings.subarray(0, count));
    this.#timestamps.update(timestamps.subarray(0, count));
  }

  /** In hex; ends the hash. */
  digest(): string {
    const whole = createHash('sha256');
    if (this.#earlier !== null) whole.update(this.#earlier, 'hex');
    const [users, items] = this.#ids;
    for (const part of [...users.parts, ...items.parts, this.#ratings, this.#timestamps]) {
      whole.update(part.digest());
    }
    return whole.digest('hex');
  }
}

/** One id column: a home's indices depend on what else it holds, numbers by first appearance do not. */
class Numbering {
  readonly #ids: readonly string[];
  readonly #column = createHash('sha256');
  readonly #names = createHash('sha256');
  /** By index: the number + 1, or 0. */
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
