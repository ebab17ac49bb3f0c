/** A collective over anything that carries bytes from one rank to another. */

import { combineInto, partNumbers } from './block-tree.js';
import type { Collective } from './collective.js';

/** Carries bytes between ranks. */
export interface Transport {
  readonly rank: number;
  readonly size: number;
  /**
   * Sends bytes to another rank and receives what that rank sends in the same call.
   *
   * @param receive - of exactly the length that the other rank sends
   */
  exchange(send: Uint8Array, receive: Uint8Array, partner: number): void;
}

type Floats = Float32Array | Float64Array;

/**
 * Sums in which rank r meets r ^ 1, then r ^ 2, r ^ 4 and so on: neighbours first. Addition is commutative, so both
 * partners compute the same bits.
 *
 * A long array is halved at each meeting: a rank adds one half and leaves the other to its partner; then the halves are
 * put together again. So a rank sends 2·(N − 1)/N of the array, whatever N is.
 */
export class TreeCollective implements Collective {
  readonly rank: number;
  readonly size: number;
  readonly #transport: Transport;
  #sentBytes = 0;

  /** @param transport - of 2^k ranks */
  constructor(transport: Transport) {
    this.rank = transport.rank;
    this.size = transport.size;
    this.#transport = transport;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  sum(values: Floats): void {
    const parts: { from: number; to: number; distance: number }[] = [];
    let from = 0;
    let to = values.length;
    for (let distance = 1; distance < this.size; distance *= 2) {
      parts.push({ from, to, distance });
      const middle = (from + to) >> 1;
      const isLower = (this.rank & distance) === 0;
      const given = isLower ? values.subarray(middle, to) : values.subarray(from, middle);
      if (isLower) to = middle;
      else from = middle;
      const kept = values.subarray(from, to);
      const theirs = this.#exchange(given, like(kept, kept.length), this.rank ^ distance);
      for (let k = 0; k < kept.length; k++) kept[k] = kept[k]! + theirs[k]!;
    }
    for (const { from: first, to: last, distance } of parts.reverse()) {
      const mine = values.subarray(from, to);
      const other = from === first ? values.subarray(to, last) : values.subarray(first, from);
      this.#exchange(mine, other, this.rank ^ distance);
      from = first;
      to = last;
    }
  }

  combineSoftmax(parts: Float64Array): void {
    const theirs = new Float64Array(parts.length);
    for (let distance = 1; distance < this.size; distance *= 2) {
      this.#exchange(parts, theirs, this.rank ^ distance);
      const isLower = (this.rank & distance) === 0;
      const [lower, upper] = isLower ? [parts, theirs] : [theirs, parts];
      for (let at = 0; at < parts.length; at += partNumbers) combineInto(lower, at, upper, at);
      if (!isLower) parts.set(theirs);
    }
  }

  any(isTrue: boolean): boolean {
    const count = Float64Array.of(isTrue ? 1 : 0);
    this.sum(count);
    return count[0]! > 0;
  }

  gather(mine: Uint8Array): Uint8Array[] {
    const lengths = new Float64Array(this.size);
    lengths[this.rank] = mine.length;
    this.sum(lengths);
    const starts = [0];
    for (const length of lengths) starts.push(starts.at(-1)! + length);
    const all = new Uint8Array(starts.at(-1)!);
    all.set(mine, starts[this.rank]);
    for (let distance = 1; distance < this.size; distance *= 2) {
      const own = this.rank & ~(distance - 1);
      const other = own ^ distance;
      const bytes = (first: number) => all.subarray(starts[first], starts[first + distance]);
      this.#exchange(bytes(own), bytes(other), this.rank ^ distance);
    }
    return Array.from(lengths, (_, rank) => all.subarray(starts[rank], starts[rank + 1]));
  }

  #exchange<T extends Floats | Uint8Array>(send: T, receive: T, partner: number): T {
    this.#transport.exchange(bytesOf(send), bytesOf(receive), partner);
    this.#sentBytes += send.byteLength;
    return receive;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Floats | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function like(values: Floats, length: number): Floats {
  return values instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}
