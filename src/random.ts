/**
 * Seeded random numbers: NumPy's legacy generator, which the reference split depends on, and the
 * package's own streams for everything else (initial weights, dropout, noise, shuffles).
 */

/**
 * `np.random.RandomState(seed)`: MT19937 with the bounded draws of NumPy before 1.17, frozen since.
 * Only what the reference split uses is here.
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

/**
 * xoshiro128** seeded from (seed, name, index). Streams of different names or indices are independent,
 * so the noise of step 41 can be drawn without having drawn that of step 40: a resumed training needs to
 * know only where it stood.
 */
export class RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spareNormal: number | null = null;

  constructor(seed: number, name: string, index = 0) {
    let h = hash(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
    for (let i = 0; i < name.length; i++) h = hash(h, name.charCodeAt(i));
    h = hash(h, index >>> 0);
    h = hash(h, Math.floor(index / 2 ** 32) >>> 0);
    this.#a = hash(h, 1);
    this.#b = hash(h, 2);
    this.#c = hash(h, 3);
    this.#d = hash(h, 4) | 1; // never the all-zero state
  }

  /** 32 uniform bits. */
  uint32(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform in [0, 1), 32 bits of it. */
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
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    let u = 0;
    let v = 0;
    let square = 0;
    do {
      u = 2 * this.float() - 1;
      v = 2 * this.float() - 1;
      square = u * u + v * v;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt((-2 * Math.log(square)) / square);
    this.#spareNormal = v * scale;
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

/** One round of MurmurHash3's mixing with its finalizer: every input bit reaches every output bit. */
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
