/** Reuse of large arrays from one training step to the next. */

/** Shorter arrays are not pooled: a new one costs less than a search. */
const minPooled = 1024;
/** From this length on, memory has one of eight sizes between two powers of two, so that about equal arrays share it. */
const minRounded = 2 ** 14;
/** So many times what it needs may be given to a large array: steps that differ share their memory. */
const shared = 2;
/** The free arrays may hold at least this much: all that one training step frees at once. */
const minFreeLimitBytes = 256 * 2 ** 20;
const freePerLargest = 4;

/**
 * A pool of Float32Arrays. A training step takes the arrays that the step before gave back. So large
 * arrays are not allocated, zeroed and collected at every step, and memory stays flat.
 *
 * The pool knows its own arrays. Only those come back, and only those may be written in place. Once an
 * array, or a view of it, is in a tensor that the pool did not make, the pool forgets it and leaves it to
 * the garbage collector.
 */
export class BufferPool {
  readonly #owned = new WeakSet<ArrayBufferLike>();
  /** By the length of their memory. The one that was given back longest ago comes first. */
  readonly #free = new Map<number, Float32Array[]>();
  #freeBytes = 0;
  #largestBytes = 0;

  /** Bytes of the free arrays. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** An array of this length. Its values are undefined. */
  take(length: number): Float32Array {
    const found = this.#takeFree(this.#smallestFor(length));
    if (found !== undefined) {
      return found.length === length ? found : new Float32Array(found.buffer, 0, length);
    }
    // What follows finds the new array in place of a free one that is too small.
    if (length >= minRounded) this.#takeFree(this.#largestBelow(length));
    const capacity = roundedUp(length);
    const values = new Float32Array(capacity);
    this.adopt(values);
    return capacity === length ? values : values.subarray(0, length);
  }

  /** The smallest free memory for an array: a large array may get more than it needs. */
  #smallestFor(length: number): number {
    if (length < minRounded || this.#free.has(length)) return length;
    let smallest = Number.POSITIVE_INFINITY;
    for (const size of this.#free.keys()) {
      if (size >= length && size <= length * shared) smallest = Math.min(smallest, size);
    }
    return smallest;
  }

  /** The largest free memory that is too small for an array. */
  #largestBelow(length: number): number {
    let largest = 0;
    for (const size of this.#free.keys()) {
      if (size < length && size * shared >= length) largest = Math.max(largest, size);
    }
    return largest;
  }

  #takeFree(size: number): Float32Array | undefined {
    const list = this.#free.get(size);
    const found = list?.pop();
    if (found === undefined) return undefined;
    if (list!.length === 0) this.#free.delete(size);
    this.#freeBytes -= found.buffer.byteLength;
    return found;
  }

  /** Makes an array the pool's own, as if it came from `take`. Nothing else may hold it. */
  adopt(values: Float32Array): void {
    if (values.byteLength !== values.buffer.byteLength) return;
    this.#owned.add(values.buffer);
  }

  /** Whether the array came from `take` and nothing else holds it. */
  owns(values: ArrayBufferView): boolean {
    return this.#owned.has(values.buffer);
  }

  /** Gives an array back. Ignores one that is not the pool's own. */
  giveBack(values: Float32Array): void {
    if (values.length < minPooled || !this.owns(values)) return;
    const capacity = values.buffer.byteLength / Float32Array.BYTES_PER_ELEMENT;
    const list = this.#free.get(capacity) ?? [];
    list.push(values);
    // Moves the length to the end: lengths of an earlier batch size are trimmed first.
    this.#free.delete(capacity);
    this.#free.set(capacity, list);
    this.#freeBytes += values.buffer.byteLength;
    this.#largestBytes = Math.max(this.#largestBytes, values.buffer.byteLength);
    this.#trim();
  }

  /** Gives an array up, because something else may hold it or its memory from now on. */
  forget(values: ArrayBufferView): void {
    if (!this.#owned.delete(values.buffer)) return;
    const length = values.buffer.byteLength / Float32Array.BYTES_PER_ELEMENT;
    const list = this.#free.get(length);
    const kept = list?.filter((free) => free.buffer !== values.buffer) ?? [];
    if (list === undefined || kept.length === list.length) return;
    this.#freeBytes -= values.buffer.byteLength;
    if (kept.length === 0) this.#free.delete(length);
    else this.#free.set(length, kept);
  }

  /** Lets go of all free arrays, and forgets how large arrays were so far. */
  clear(): void {
    this.#free.clear();
    this.#freeBytes = 0;
    this.#largestBytes = 0;
  }

  #trim(): void {
    const limit = Math.max(minFreeLimitBytes, freePerLargest * this.#largestBytes);
    while (this.#freeBytes > limit) {
      const [length, list] = this.#free.entries().next().value!;
      this.#freeBytes -= list.pop()!.buffer.byteLength;
      if (list.length === 0) this.#free.delete(length);
    }
  }
}

/** The length of the memory for an array, at most an eighth more than it needs. The rest is never touched. */
function roundedUp(length: number): number {
  if (length < minRounded) return length;
  const step = 2 ** (Math.floor(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}
