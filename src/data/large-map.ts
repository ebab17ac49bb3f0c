/** A map of any number of entries: one Map of V8 holds 16,777,216 and then throws a RangeError. */

/** The most entries of one Map. */
const maxOfOneMap = 2 ** 24 - 1;

/** A map in as many parts as its entries need. With one part it is as fast as a Map. */
export class LargeMap<Key, Value extends NonNullable<unknown>> {
  readonly #maxOfOne: number;
  /** The parts that are full. */
  readonly #full: Map<Key, Value>[] = [];
  #last = new Map<Key, Value>();

  /** @param options - `maxOfOneMap`: where a part is full; for tests */
  constructor(
    entries: Iterable<readonly [Key, Value]> = [],
    options: { readonly maxOfOneMap?: number } = {},
  ) {
    this.#maxOfOne = options.maxOfOneMap ?? maxOfOneMap;
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.#full.length * this.#maxOfOne + this.#last.size;
  }

  get(key: Key): Value | undefined {
    const found = this.#last.get(key);
    if (found !== undefined || this.#full.length === 0) return found;
    for (const part of this.#full) {
      const value = part.get(key);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  set(key: Key, value: Value): void {
    for (const part of this.#full) {
      if (part.has(key)) {
        part.set(key, value);
        return;
      }
    }
    if (this.#last.size === this.#maxOfOne && !this.#last.has(key)) {
      this.#full.push(this.#last);
      this.#last = new Map();
    }
    this.#last.set(key, value);
  }

  /** The values in the order in which their keys came first. */
  *values(): Generator<Value> {
    for (const part of this.#full) yield* part.values();
    yield* this.#last.values();
  }
}
