/**
 * Seeded random numbers: NumPy's legacy generator for the reference split, and streams for everything else (initial
 * weights, dropout, noise, shuffles).
 */

/**
 * `np.random.RandomState(seed)`: MT19937 with the bounded draws of NumPy before 1.17, which later versions keep. It has
 * only the functions that the reference split uses.
 */
export class NumpyLegacyRandom {
  readonly #state = new Uint32Array(624);
  #next = 624;

  /** @param seed - an integer from 0 to 2^32 - 1 */
  constructor(seed: number) {
    let previous = seed >>> 0;
    this.#state[0] = previous;
    for (let i = 1; i < 624; i++) {
      previous = (Math.imul(1812433253, previous ^ (previous >>> 30)) + i) >>> 0;
      this.#state[i] = previous;
    }
  }

  /** The next 32 bits of MT19937. */
  uint32(): number {
    if (this.#next === 624) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  #twist(): void {
    const s = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % 624]! & 0x7fffffff);
      s[i] = s[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }

  /** Uniform over 0..max, both included, by masked rejection as NumPy does. */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    let value = this.uint32() & mask;
    while (value >>> 0 > max) value = this.uint32() & mask;
    return value >>> 0;
  }

  /** `permutation(n)`: a Fisher-Yates shuffle of 0..n-1 from the end. */
  permutation(n: number): Int32Array {
    const values = new Int32Array(n);
    for (let i = 0; i < n; i++) values[i] = i;
    for (let i = n - 1; i > 0; i--) {
      const j = this.interval(i);
      const swapped = values[i]!;
      values[i] = values[j]!;
      values[j] = swapped;
    }
    return values;
  }

  /** `choice(n, size, replace=False)`: the first `size` of a permutation. */
  choice(n: number, size: number): Int32Array {
    return this.permutation(n).slice(0, size);
  }
}

/** Fills an array of even length with normals from a generator's state, and advances the state. */
export type PairsOfNormals = (state: Int32Array, pairs: Float32Array) => void;

/**
 * xoshiro128** seeded from (seed, name, index). Streams with different names or indices are independent. So the noise of
 * step 41 can be drawn without that of step 40, and a resumed training needs only the number of its step.
 */
export class RandomStream {
  // Typed arrays, because V8 allocates memory for every number of more than 31 bits in a field.
  readonly #state = new Int32Array(4);
  /** The second normal of the last pair; NaN when it is used. */
  readonly #spareNormal = Float64Array.of(Number.NaN);

  constructor(seed: number, name: string, index = 0) {
    const h = startOf(seed, name, index);
    for (let i = 0; i < 4; i++) this.#state[i] = hash(h, i + 1);
    this.#state[3]! |= 1; // never the all-zero state
  }

  /** 32 uniform bits. */
  uint32(): number {
    const s = this.#state;
    const b = s[1]!;
    const product = Math.imul(b, 5);
    const c = s[2]! ^ s[0]!;
    const d = s[3]! ^ b;
    s[1] = b ^ c;
    s[0] = s[0]! ^ d;
    s[2] = c ^ (b << 9);
    s[3] = (d << 11) | (d >>> 21);
    return Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
  }

  /** The next `count` draws of 32 bits. */
  uint32s(count: number): Uint32Array {
    const values = new Uint32Array(count);
    let a = this.#state[0]!;
    let b = this.#state[1]!;
    let c = this.#state[2]!;
    let d = this.#state[3]!;
    for (let k = 0; k < count; k++) {
      const product = Math.imul(b, 5);
      values[k] = Math.imul((product << 7) | (product >>> 25), 9);
      c ^= a;
      d ^= b;
      a ^= d;
      const rest = c ^ (b << 9);
      b ^= c;
      c = rest;
      d = (d << 11) | (d >>> 21);
    }
    this.#state.set([a, b, c, d]);
    return values;
  }

  /** Uniform in [0, 1), with 32 random bits. */
  float(): number {
    return this.uint32() / 2 ** 32;
  }

  /** Uniform integer in 0..n-1; unbiased. */
  integer(n: number): number {
    const limit = 2 ** 32 - (2 ** 32 % n);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % n;
  }

  /** Standard normal, by Box and Muller's polar method. */
  normal(): number {
    const spare = this.#spareNormal[0]!;
    if (Number.isNaN(spare)) return this.#twoNormals();
    this.#spareNormal[0] = Number.NaN;
    return spare;
  }

  /**
   * The next `count` standard normals, equal to `count` calls of `normal`.
   *
   * @param fillPairs - a faster way to compute the same numbers
   */
  normals(count: number, fillPairs?: PairsOfNormals): Float32Array {
    const values = new Float32Array(count);
    let drawn = 0;
    if (count > 0 && !Number.isNaN(this.#spareNormal[0]!)) values[drawn++] = this.normal();
    const even = count - ((count - drawn) % 2);
    if (fillPairs) fillPairs(this.#state, values.subarray(drawn, even));
    else this.#fillPairs(values.subarray(drawn, even));
    if (even < count) values[even] = this.normal();
    return values;
  }

  #fillPairs(pairs: Float32Array): void {
    for (let k = 0; k < pairs.length; k += 2) {
      pairs[k] = this.#twoNormals();
      pairs[k + 1] = this.#spareNormal[0]!;
    }
    this.#spareNormal[0] = Number.NaN;
  }

  /** Draws two normals. Returns the first and keeps the second. */
  #twoNormals(): number {
    let u = 0;
    let v = 0;
    let square = 0;
    do {
      u = 2 * this.float() - 1;
      v = 2 * this.float() - 1;
      square = u * u + v * v;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt((-2 * Math.log(square)) / square);
    this.#spareNormal[0] = v * scale;
    return u * scale;
  }

  /** A uniformly random order of 0..n-1. */
  permutation(n: number): Int32Array {
    const values = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const j = this.integer(i + 1);
      values[i] = values[j]!;
      values[j] = i;
    }
    return values;
  }
}

/**
 * Random numbers by place: number k of (seed, name, index) is the same in whatever order, and by whomever, they are asked
 * for. So several processes can each draw their part.
 */
export class RandomTable {
  readonly #start: number;

  constructor(seed: number, name: string, index = 0) {
    this.#start = startOf(seed, name, index);
  }

  /**
   * The start of a row of numbers, for `bitsAt`.
   *
   * @param row - from 0 to 2^32 - 1
   */
  row(row: number): number {
    return hash(this.#start, row);
  }

  /**
   * Uniform integer in 0..n-1. Its bias is below n / 2^32.
   *
   * @param place - from 0 to 2^32 - 1
   */
  integer(place: number, n: number): number {
    return Math.floor((hash(this.#start, place) / 2 ** 32) * n);
  }
}

/**
 * 32 uniform bits.
 *
 * @param row - as `RandomTable.row` gives it
 * @param column - from 0 to 2^32 - 1
 */
export function bitsAt(row: number, column: number): number {
  return hash(row, column);
}

function startOf(seed: number, name: string, index: number): number {
  let h = hash(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
  for (let i = 0; i < name.length; i++) h = hash(h, name.charCodeAt(i));
  h = hash(h, index >>> 0);
  return hash(h, Math.floor(index / 2 ** 32) >>> 0);
}

/** One round of MurmurHash3 with its finalizer: every input bit affects every output bit. */
function hash(state: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  let h = state ^ k;
  h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
