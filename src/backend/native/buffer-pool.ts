/** Below this a new array costs less than looking for a free one. */
const minPooled = 1024;
/** What may lie free: enough for all that one training step frees at once. */
const minFreeLimitBytes = 256 * 2 ** 20;
const freePerLargest = 4;

/**
 * Float32Arrays that are used again: a training step takes the ones that the step before gave back, so
 * that large arrays are not allocated, zeroed and collected every time, and memory stays flat.
 *
 * The pool knows which arrays are its own. Only those come back, and only those may be written in place;
 * once an array, or a view of it, is in a tensor that the pool did not make, it is nobody's: it is left
 * to the garbage collector.
 */
export class BufferPool {
  readonly #owned = new WeakSet<ArrayBufferLike>();
  /** By length, the one that was given back longest ago first. */
  readonly #free = new Map<number, Float32Array[]>();
  #freeBytes = 0;
  #largestBytes = 0;

  /** An array of this length; its values are whatever was left in it. */
  take(length: number): Float32Array {
    const list = this.#free.get(length);
    const found = list?.pop();
    if (found !== undefined) {
      if (list!.length === 0) this.#free.delete(length);
      this.#freeBytes -= found.byteLength;
      return found;
    }
    const values = new Float32Array(length);
    this.#owned.add(values.buffer);
    this.#largestBytes = Math.max(this.#largestBytes, values.byteLength);
    return values;
  }

  /** Whether the array came from `take` and nobody else has it. */
  owns(values: ArrayBufferView): boolean {
    return this.#owned.has(values.buffer);
  }

  /** Gives an array back; one that is not the pool's own is left alone. */
  giveBack(values: Float32Array): void {
    if (values.length < minPooled || !this.owns(values)) return;
    const list = this.#free.get(values.length) ?? [];
    list.push(values);
    // Last in the map: the lengths of a batch size that is over are the first to go.
    this.#free.delete(values.length);
    this.#free.set(values.length, list);
    this.#freeBytes += values.byteLength;
    this.#trim();
  }

  /** From now on others may hold the array, or what it is a view of. */
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

  #trim(): void {
    const limit = Math.max(minFreeLimitBytes, freePerLargest * this.#largestBytes);
    while (this.#freeBytes > limit) {
      const [length, list] = this.#free.entries().next().value!;
      this.#freeBytes -= list.pop()!.byteLength;
      if (list.length === 0) this.#free.delete(length);
    }
  }
}
