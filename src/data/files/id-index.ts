/** Turns ids into indices. */
import { LargeMap } from '../large-map.js';

/** Small canonical integers ('7', not '007') below this are looked up in an array, which is faster than a map. */
const arrayLimit = 1 << 22;

/** Gives every new id the next index, from 0. */
export class IdIndex {
  /** The ids by index. */
  readonly ids: string[] = [];
  readonly #map: LargeMap<string, number>;
  /** By the id's number: its index + 1, or 0 for an unknown id. */
  #array = new Int32Array(1 << 12);

  /** @param options - as of `LargeMap` */
  constructor(options: { readonly maxOfOneMap?: number } = {}) {
    this.#map = new LargeMap([], options);
  }

  /** The index of an id. A new id gets the next index. */
  indexOf(id: string): number {
    return isSmallInteger(id) ? this.indexOfInteger(Number(id)) : this.#indexInMap(id);
  }

  /**
   * The index of the id that is this integer in decimal.
   *
   * @param id - from 0 to 9,999,999
   */
  indexOfInteger(id: number): number {
    if (id >= arrayLimit) return this.#indexInMap(String(id));
    if (id >= this.#array.length) {
      const larger = new Int32Array(2 ** Math.ceil(Math.log2(id + 1)));
      larger.set(this.#array);
      this.#array = larger;
    }
    const known = this.#array[id]!;
    if (known > 0) return known - 1;
    this.#array[id] = this.ids.push(String(id));
    return this.ids.length - 1;
  }

  #indexInMap(id: string): number {
    const known = this.#map.get(id);
    if (known !== undefined) return known;
    // V8 may store an id that was cut out of a text as a reference into the whole text. A copy frees the text.
    const copy = Buffer.from(id, 'utf8').toString('utf8');
    this.#map.set(copy, this.ids.length);
    return this.ids.push(copy) - 1;
  }
}

function isSmallInteger(id: string): boolean {
  return id.length <= 7 && /^(0|[1-9]\d*)$/.test(id);
}
