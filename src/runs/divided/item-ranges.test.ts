/** Tensors divided over files: read for any range of the items. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunError } from '../../errors.js';
import { MemorySource } from '../byte-source.js';
import type { StoredTensors } from '../format.js';
import { encodeSafetensors, readSafetensorsHeader } from '../safetensors.js';
import type { ItemRange } from './division.js';
import { contentHash, RangeReader } from './item-ranges.js';

const axes: Readonly<Record<string, number>> = { rows: 0, columns: 1, vector: 0 };

/** Tensors of items first..last-1: every number says where it is. */
function tensorsOf({ first, last }: ItemRange): StoredTensors {
  const items = Array.from({ length: last - first }, (_, k) => first + k);
  return {
    rows: {
      shape: [items.length, 3],
      data: Float32Array.from(items.flatMap((i) => [i, i + 0.25, i + 0.5])),
    },
    columns: {
      shape: [2, items.length],
      data: Float32Array.from([...items, ...items.map((i) => -i)]),
    },
    vector: { shape: [items.length], data: Int32Array.from(items) },
    plain: { shape: [2], data: Float32Array.of(7, 8) },
  };
}

function read(reader: RangeReader, held: ItemRange, tensors = tensorsOf(held)): string {
  const source = new MemorySource(encodeSafetensors(tensors));
  const hash = createHash('sha256').update('text');
  reader.read(source, readSafetensorsHeader(source, 'a file'), { held, hash, file: 'a file' });
  return hash.digest('hex');
}

describe('RangeReader', () => {
  it('collects any range from files that hold any others', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 39 }), { maxLength: 4 });
    const ends = fc.tuple(fc.nat(40), fc.nat(40)).filter(([a, b]) => a !== b);
    fc.assert(
      fc.property(cuts, ends, (inner, pair) => {
        const wanted = { first: Math.min(...pair), last: Math.max(...pair) };
        const reader = new RangeReader(wanted, (name) => axes[name]);
        const bounds = [0, ...inner.sort((a, b) => a - b), 40];
        for (const [k, last] of bounds.slice(1).entries()) {
          const held = { first: bounds[k]!, last };
          expect(read(reader, held)).toBe(contentHash('text', tensorsOf(held)));
        }
        expect(reader.tensors).toEqual(tensorsOf(wanted));
      }),
    );
  });

  it('collects a list of items, with 0 for those that no file has', () => {
    const reader = new RangeReader(Int32Array.of(7, -1, 2, 9), (name) => axes[name]);
    for (const [first, last] of [
      [0, 3],
      [3, 8],
      [8, 10],
    ]) {
      read(reader, { first: first!, last: last! });
    }
    expect(reader.tensors).toEqual({
      rows: {
        shape: [4, 3],
        data: Float32Array.of(7, 7.25, 7.5, 0, 0, 0, 2, 2.25, 2.5, 9, 9.25, 9.5),
      },
      columns: { shape: [2, 4], data: Float32Array.of(7, 0, 2, 9, -7, 0, -2, -9) },
      vector: { shape: [4], data: Int32Array.of(7, 0, 2, 9) },
      plain: { shape: [2], data: Float32Array.of(7, 8) },
    });
  });

  it('refuses a tensor of another number of items', () => {
    const reader = new RangeReader({ first: 0, last: 4 }, (name) => axes[name]);
    const held = { first: 2, last: 6 };
    expect(() => read(reader, held, tensorsOf({ first: 2, last: 5 }))).toThrow(
      new RunError('a file: columns has 3 items, and the file says 4'),
    );
  });
});
