/** Tensors that several safetensors files hold together, each file the entries of some items. */
import { createHash, type Hash } from 'node:crypto';
import { RunError } from '../../errors.js';
import { partsOf } from '../../storage/durable-files.js';
import type { ByteSource } from '../byte-source.js';
import type { StoredTensor, StoredTensors } from '../format.js';
import type { SafetensorsEntry, SafetensorsHeader } from '../safetensors.js';
import type { ItemRange, WantedItems } from './division.js';

/** The axis along which a tensor has one entry an item; undefined for a tensor without items. */
export type ItemAxisOf = (name: string) => number | undefined;

/** Bytes of a tensor that are in memory beside what is kept of it. */
const pieceBytes = 2 ** 22;

/**
 * Collects the entries of some items from files that hold those of others. A tensor without items is taken as it is,
 * from the first file that has it.
 */
export class RangeReader {
  readonly #wanted: WantedItems;
  readonly #axisOf: ItemAxisOf;
  readonly #tensors = new Map<string, StoredTensor>();

  constructor(wanted: WantedItems, axisOf: ItemAxisOf) {
    this.#wanted = wanted;
    this.#axisOf = axisOf;
  }

  /** What was collected. */
  get tensors(): StoredTensors {
    return Object.fromEntries(this.#tensors);
  }

  /**
   * Reads the tensors of a file, behind its header.
   *
   * @param held - the items that the file has
   * @param hash - gets every tensor's name, type, shape and bytes, as `contentHash` does
   * @throws RunError when a tensor has another number of items
   */
  read(
    source: ByteSource,
    { ordered }: SafetensorsHeader,
    { held, hash, file }: { readonly held: ItemRange; readonly hash?: Hash; readonly file: string },
  ): void {
    for (const entry of ordered) {
      hash?.update(
        describe(entry.name, entry.dtype === 'F32' ? 'Float32Array' : 'Int32Array', entry.shape),
      );
      const take = (bytes: number) => {
        const taken = source.take(bytes);
        if (hash !== undefined) for (const part of partsOf(taken)) hash.update(part);
        return taken.buffer;
      };
      const axis = this.#axisOf(entry.name);
      if (axis === undefined || isRange(this.#wanted, held)) {
        const tensor = { shape: entry.shape, data: numbers(entry, take(entry.end - entry.begin)) };
        if (axis !== undefined || !this.#tensors.has(entry.name))
          this.#tensors.set(entry.name, tensor);
      } else if (entry.shape[axis] !== held.last - held.first) {
        throw new RunError(
          `${file}: ${entry.name} has ${entry.shape[axis]} items, and the file says ${held.last - held.first}`,
        );
      } else {
        this.#copy(entry, axis, held, take);
      }
    }
  }

  #copy(
    entry: SafetensorsEntry,
    axis: number,
    held: ItemRange,
    take: (bytes: number) => ArrayBuffer,
  ): void {
    const target = this.#target(entry, axis);
    const wanted = this.#wanted;
    const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1);
    const outer = product(entry.shape.slice(0, axis));
    const inner = product(entry.shape.slice(axis + 1));
    const step = Math.max(1, Math.floor(pieceBytes / (4 * inner)));
    for (let o = 0; o < outer; o++) {
      const row = o * countOf(wanted);
      for (let first = held.first; first < held.last; first += step) {
        const last = Math.min(held.last, first + step);
        const piece = numbers(entry, take(4 * inner * (last - first)));
        /** Copies the entries of items from..to-1 to a place among the wanted ones. */
        const copy = (from: number, to: number, place: number) => {
          const entries = piece.subarray((from - first) * inner, (to - first) * inner);
          target.data.set(entries, (row + place) * inner);
        };
        if (wanted instanceof Int32Array) {
          for (const [place, item] of wanted.entries()) {
            if (item >= first && item < last) copy(item, item + 1, place);
          }
          continue;
        }
        const from = Math.max(first, wanted.first);
        const to = Math.min(last, wanted.last);
        if (from < to) copy(from, to, from - wanted.first);
      }
    }
  }

  #target({ name, shape, dtype }: SafetensorsEntry, axis: number): StoredTensor {
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const own = shape.with(axis, countOf(this.#wanted));
    const length = own.reduce((total, size) => total * size, 1);
    const data = dtype === 'F32' ? new Float32Array(length) : new Int32Array(length);
    const tensor = { shape: own, data };
    this.#tensors.set(name, tensor);
    return tensor;
  }
}

function countOf(wanted: WantedItems): number {
  return wanted instanceof Int32Array ? wanted.length : wanted.last - wanted.first;
}

function isRange(wanted: WantedItems, { first, last }: ItemRange): boolean {
  return !(wanted instanceof Int32Array) && wanted.first === first && wanted.last === last;
}

function numbers({ dtype }: SafetensorsEntry, bytes: ArrayBuffer): Float32Array | Int32Array {
  return dtype === 'F32' ? new Float32Array(bytes) : new Int32Array(bytes);
}

function describe(name: string, type: string, shape: readonly number[]): string {
  return JSON.stringify([name, type, shape]);
}

/** SHA-256 of tensors, after a text, in hex. */
export function contentHash(text: string, tensors: StoredTensors): string {
  const hash = createHash('sha256').update(text);
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name]!;
    hash.update(describe(name, data.constructor.name, shape));
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (const part of partsOf(bytes)) hash.update(part);
  }
  return hash.digest('hex');
}
