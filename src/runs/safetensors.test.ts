/** The safetensors format: round trips and damaged files. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunError, ShapeError } from '../errors.js';
import type { StoredTensor, StoredTensors } from './format.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

const tensor: fc.Arbitrary<StoredTensor> = fc
  .tuple(
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    fc.boolean(),
    fc.infiniteStream(fc.integer()),
  )
  .map(([shape, float, bits]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Int32Array.from(bits.take(length));
    return { shape, data: float ? new Float32Array(data.buffer) : data };
  });

const tensors: fc.Arbitrary<StoredTensors> = fc
  .uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), tensor), {
    selector: ([name]) => name,
    maxLength: 6,
  })
  .map((entries) => Object.fromEntries(entries.filter(([name]) => name !== '__metadata__')));

/** A file with the given header, without padding, and `dataBytes` zero bytes of data. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length + dataBytes);
  bytes.writeBigUInt64LE(BigInt(json.length));
  json.copy(bytes, 8);
  return bytes;
}

const entry = (shape: number[], begin: number, end: number, dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

function bitsOf(stored: StoredTensors): unknown {
  return Object.entries(stored)
    .map(([name, { shape, data }]) => [
      name,
      shape,
      data.constructor.name,
      [...new Int32Array(data.buffer, data.byteOffset, data.length)],
    ])
    .sort();
}

describe('safetensors', () => {
  it('gives back every bit, NaN payloads included', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (stored, metadata) => {
        const decoded = decodeSafetensors(encodeSafetensors(stored, metadata), 'memory');
        expect(bitsOf(decoded.tensors)).toEqual(bitsOf(stored));
        expect(Object.entries(decoded.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });

  it('writes the layout of the format', () => {
    const bytes = encodeSafetensors(
      {
        b: { shape: [2], data: Float32Array.of(1, -2) },
        a: { shape: [1, 1], data: Int32Array.of(7) },
      },
      { epoch: '3' },
    );
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const headerBytes = Number(view.getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = Buffer.from(bytes.subarray(8, 8 + headerBytes)).toString();
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"epoch":"3"},"a":{"dtype":"I32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
    );
    expect(view.getInt32(8 + headerBytes, true)).toBe(7);
    expect(view.getFloat32(8 + headerBytes + 8, true)).toBe(-2);
    expect(bytes.length).toBe(8 + headerBytes + 12);
  });

  it('reads from the middle of a larger buffer', () => {
    const bytes = encodeSafetensors({ a: { shape: [2], data: Float32Array.of(0.5, 3) } });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const { tensors } = decodeSafetensors(shifted.subarray(3), 'memory');
    expect([...tensors.a!.data]).toEqual([0.5, 3]);
  });

  it('reads tensors in any order of the header, empty ones too, and keeps that order', () => {
    const header = {
      last: entry([1], 8, 12, 'I32'),
      middle: entry([1], 4, 8),
      empty: entry([0, 3], 4, 4),
      first: entry([], 0, 4),
    };
    const bytes = file(header, 12);
    const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 12);
    [1.5, 2.5].forEach((value, k) => {
      view.setFloat32(4 * k, value, true);
    });
    view.setInt32(8, -3, true);
    const { tensors } = decodeSafetensors(bytes, 'memory');
    expect(Object.entries(tensors).map(([name, { data }]) => [name, ...data])).toEqual([
      ['last', -3],
      ['middle', 2.5],
      ['empty'],
      ['first', 1.5],
    ]);
    expect(decodeSafetensors(file({}, 0), 'memory')).toEqual({ tensors: {}, metadata: {} });
  });

  it('refuses to write an invalid file', () => {
    const data = Float32Array.of(1, 2);
    expect(() => encodeSafetensors({ a: { shape: [3], data } })).toThrow(ShapeError);
    expect(() => encodeSafetensors({ __metadata__: { shape: [2], data } })).toThrow(ShapeError);
  });

  const huge = Buffer.alloc(16);
  huge.writeBigUInt64LE(2n ** 63n);
  // The letter ÿ is two bytes in UTF-8; the first alone is none.
  const notUtf8 = file('{"aÿ":{}}', 0);
  notUtf8[notUtf8.indexOf(0xbf)] = 0x20;
  it.each<[string, Uint8Array, RegExp]>([
    ['fewer bytes than a length', new Uint8Array(7), /has 7 bytes/],
    ['a header beyond the bound', huge, /at most 100000000/],
    ['a header longer than the file', file({}, 0).slice(0, 9), /only 1 follow/],
    ['no JSON', file('{"a":', 0), /not JSON/],
    ['no object', file('[]', 0), /not a JSON object/],
    ['metadata of numbers', file({ __metadata__: { epoch: 3 } }, 0), /object of strings/],
    ['an entry that is no object', file({ a: 3 }, 0), /"a" is not described/],
    ['an unknown dtype', file({ a: entry([1], 0, 2, 'F16') }, 2), /dtype "F16"/],
    ['a negative size', file({ a: entry([-1], 0, 4) }, 4), /shape \[-1\]/],
    ['a size that is no integer', file({ a: entry([0.5], 0, 2) }, 2), /shape \[0\.5\]/],
    ['a shape that is no list', file({ a: { ...entry([], 0, 4), shape: 1 } }, 4), /shape 1/],
    ['offsets backwards', file({ a: entry([1], 4, 0) }, 4), /offsets \[4,0\]/],
    [
      'three offsets',
      file({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 4] } }, 4),
      /offsets \[0,4,4\]/,
    ],
    ['null for an entry', file({ a: null }, 0), /"a" is not described/],
    ['a list for an entry', file({ a: [] }, 0), /"a" is not described/],
    ['null for metadata', file({ __metadata__: null }, 0), /object of strings/],
    ['one number among metadata', file({ __metadata__: { a: '', b: 3 } }, 0), /object of strings/],
    ['a header that is not UTF-8', notUtf8, /not JSON/],
    ['offsets that do not fill the shape', file({ a: entry([2], 0, 4) }, 4), /do not fill \[2\]/],
    ['overlapping tensors', file({ a: entry([1], 0, 4), b: entry([1], 0, 4) }, 4), /overlaps/],
    ['a hole', file({ a: entry([1], 4, 8) }, 8), /bytes 0 to 4 .* no tensor/],
    ['data cut off', file({ a: entry([2], 0, 8) }, 4), /cut off/],
    ['bytes left over', file({ a: entry([1], 0, 4) }, 8), /last 4 bytes/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'w.safetensors')).toThrow(RunError);
    expect(() => decodeSafetensors(bytes, 'w.safetensors')).toThrow(message);
    expect(() => decodeSafetensors(bytes, 'w.safetensors')).toThrow(
      /^w\.safetensors is not a valid/,
    );
  });

  it('refuses every truncation', () => {
    const bytes = encodeSafetensors({ a: { shape: [5], data: new Float32Array(5) } });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length), 'w')).toThrow(RunError);
    }
  });
});
