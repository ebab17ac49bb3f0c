/** The checks of the native kernels on their arguments. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { native, whySkipped } from './support.js';

const f32 = (length: number) => new Float32Array(length);
const i32 = (length: number) => new Int32Array(length);

/** Offsets and items of two sparse rows over three items. */
const offsets = () => Int32Array.of(0, 1, 2);
const items = () => Int32Array.of(2, 0);
const rows = () => [offsets(), items()];

/** A layer in int8 of two steps, which are one unit, and of one whole panel. */
const layer = () => [2, 2, 32, i32(32), f32(32), f32(32), i32(32)];

/** One valid call of every function. The violations below are made from these. */
const valid: Record<string, () => unknown[]> = {
  multiply: () => [f32(8), f32(6), f32(12), 2, 4, 3, false, false, 1, 1, 1, f32(4), 0],
  multiplyBf16: () => [f32(8), f32(6), f32(12), 2, 4, 3, false, false, 1, 1, 1, f32(4), 0, true],
  multiplyBlocks: () => [f32(8), f32(6), f32(12), 2, 4, 3, false, 2, true, true],
  sparseProduct: () => [f32(8), offsets(), items(), f32(2), f32(2), f32(12), 2, 3, 4, 2],
  sparseProductGradient: () => [f32(12), offsets(), items(), f32(2), f32(2), f32(8), 2, 3, 4],
  multinomial: () => [f32(12), f32(6), offsets(), items(), 2, 3, 2],
  multinomialGradient: () => [f32(6), f32(6), f32(4), f32(2), offsets(), items(), 2, 3],
  packLayer: () => [...layer(), f32(64), f32(32)],
  unpackLayer: () => [f32(64), ...layer()],
  packedProduct: () => [f32(64), f32(4), 2, false, ...layer()],
  packedTopN: () => [i32(4), f32(4), 2, f32(4), offsets(), items(), 2, false, ...layer()],
  topN: () => [i32(4), f32(4), 2, f32(6), offsets(), items(), 2, 3],
  decodeTopN: () => [i32(4), f32(4), 2, f32(10), f32(15), f32(3), offsets(), items(), 2, 3, 5],
  decodeTransposedTopN: () => [i32(4), f32(4), 2, f32(10), f32(15), f32(3), ...rows(), 2, 3, 5],
  unary: () => [f32(5), 11, f32(5)],
  binary: () => [f32(6), 0, f32(6), [2, 3], f32(3), [3]],
  fill: () => [f32(5), 1],
  adam: () => [f32(5), f32(5), f32(5), f32(5), 1e-3, 0.9, 0.999, 1e-8, 1],
  adamRows: () => {
    const rows = Int32Array.of(0, 2);
    return [f32(9), f32(9), f32(9), f32(6), rows, 3, 3, 1e-3, 0.9, 0.999, 1e-8, 1];
  },
  reduce: () => [f32(8), 0, f32(24), 2, 3, 4],
  softmax: () => [f32(6), f32(6), 2, 3],
  logSoftmax: () => [f32(6), f32(6), 2, 3],
  layerNorm: () => [f32(6), f32(2), f32(2), f32(6), f32(3), f32(3), 1e-5, 2, 3],
  layerNormGradient: () => [f32(6), f32(3), f32(3), f32(6), f32(6), f32(3), f32(2), f32(2), 2, 3],
  normals: () => [f32(6), Int32Array.of(1, 2, 3, 4)],
  sampleCode: () => [f32(6), f32(6), f32(6), f32(6)],
  sampleCodeGradient: () => [f32(6), f32(6), f32(6), f32(6)],
  divergence: () => [f32(2), f32(6), f32(6), 2, 3],
  divergenceGradient: () => [f32(6), f32(6), f32(6), f32(6), f32(2), 2, 3],
  permute: () => [f32(24), f32(24), [2, 3, 4], [2, 0, 1]],
  slice: () => [f32(8), f32(24), [2, 3, 4], [0, 1, 2], [2, 2, 2]],
  copyRows: () => [f32(20), 2, 5, f32(24), 1, 4, 3, 3],
  gatherRows: () => [f32(8), f32(12), Int32Array.of(2, 0), 3, 4],
  correlatedItems: () => [
    i32(6),
    f32(6),
    2,
    offsets(),
    items(),
    Int32Array.of(0, 1, 1, 2),
    Int32Array.of(1, 0),
    2,
    3,
    0,
    3,
    0.5,
  ],
  itemRegressions: () => [
    i32(2),
    f32(2),
    1,
    Int32Array.of(0, 1, 1, 2),
    Int32Array.of(1, 0),
    f32(2),
    offsets(),
    items(),
    2,
    3,
    1,
    2,
    1.5,
    0.5,
  ],
  sweepBlock: () => [f32(16), 4, 2, 2, f32(4)],
  setThreads: () => [2],
};

/** The outputs of a function stand first: how many it has, where that is not one. */
const outputCounts: Record<string, number> = {
  correlatedItems: 2,
  itemRegressions: 2,
  packedTopN: 2,
  topN: 2,
  decodeTopN: 2,
  decodeTransposedTopN: 2,
  adam: 3,
  adamRows: 3,
  layerNorm: 3,
  layerNormGradient: 3,
  divergenceGradient: 2,
  // Words, bias, scales and offsets, after the layer's three numbers.
  packLayer: 7,
};

/** In-place calls that are allowed: the position of the input that the first argument may be. */
const mayBeSame: Record<string, readonly number[]> = {
  multinomialGradient: [1],
  unary: [2],
  binary: [2],
  softmax: [1],
  logSoftmax: [1],
};

const names = Object.keys(valid);
const isView = (value: unknown): value is Float32Array | Int32Array => ArrayBuffer.isView(value);

describe.skipIf(whySkipped)(`arguments of the native kernels ${whySkipped}`, () => {
  const call = (name: string, args: unknown[]) => native.binding[name]!(...args);

  /** Every violation must throw the typed error and leave every buffer unchanged. */
  function refuses(name: string, args: unknown[], what: string): void {
    const before = args.map((arg) => (isView(arg) && arg.length > 0 ? arg.slice() : null));
    let thrown: unknown;
    try {
      call(name, args);
    } catch (error) {
      thrown = error;
    }
    expect((thrown as { code?: string })?.code, `${name}: ${what}`).toBe('E_NATIVE_ARGUMENT');
    args.forEach((arg, i) => {
      if (before[i] && (arg as Float32Array).length > 0) expect(arg).toEqual(before[i]);
    });
  }

  it.each(names)('%s takes its valid call', (name) => {
    expect(() => call(name, valid[name]!())).not.toThrow();
  });

  it.each(names)('%s refuses too few arguments, and too many', (name) => {
    refuses(name, valid[name]!().slice(0, -1), 'one less');
    refuses(name, [...valid[name]!(), 1], 'one more');
    refuses(name, [], 'none');
  });

  it.each(names)('%s refuses every argument of a wrong type', (name) => {
    const proxy: unknown = new Proxy([2, 3], {});
    const strangers: unknown[] = [
      'text',
      {},
      [],
      Symbol('s'),
      1n,
      () => 0,
      f32(3),
      new Float64Array(6),
      new Uint8Array(4),
      new DataView(new ArrayBuffer(8)),
      new ArrayBuffer(24),
      null,
      undefined,
      true,
      0.5,
      Number.NaN,
      -1,
      2 ** 31,
      2 ** 53,
      1e300,
      Number.POSITIVE_INFINITY,
      -0.5,
      proxy,
      [1, 2, 3, 4, 5],
      [-1],
      [Number.NaN],
      [2 ** 40],
      ['2'],
      [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1],
    ];
    valid[name]!().forEach((good, position) => {
      for (const stranger of strangers) {
        const args = valid[name]!();
        args[position] = stranger;
        const fits =
          (typeof good === 'number' && typeof stranger === 'number') ||
          (good instanceof Float32Array &&
            (stranger == null || stranger instanceof Float32Array)) ||
          (typeof good === 'boolean' && stranger === true) ||
          (Array.isArray(good) && Array.isArray(stranger) && stranger !== proxy);
        if (!fits) refuses(name, args, `argument ${position} is ${String(stranger as never)}`);
        else {
          // Some of these are allowed, such as a rate or a missing bias. None may crash.
          try {
            call(name, args);
          } catch (error) {
            expect((error as { code?: string }).code).toBe('E_NATIVE_ARGUMENT');
          }
        }
      }
    });
  });

  it.each(names)('%s refuses buffers of a wrong length', (name) => {
    valid[name]!().forEach((good, position) => {
      if (!isView(good)) return;
      for (const length of [0, good.length - 1, good.length + 1]) {
        const args = valid[name]!();
        args[position] = good instanceof Float32Array ? f32(length) : i32(length);
        // Some buffers may have any length, others only need to be long enough.
        const isFree =
          name === 'fill' ||
          (name === 'normals' && position === 0 && length % 2 === 0) ||
          (name === 'copyRows' && length > 0);
        if (!isFree) refuses(name, args, `argument ${position} has ${length} elements`);
      }
    });
  });

  it.each(names)('%s refuses dimensions that do not fit its buffers', (name) => {
    valid[name]!().forEach((good, position) => {
      if (typeof good !== 'number' || !Number.isInteger(good)) return;
      if (['fill', 'adam', 'setThreads'].includes(name)) return;
      for (const size of [good + 1, 2 ** 31 - 1, 2 ** 31, -1, Number.NaN, 0.5]) {
        const args = valid[name]!();
        args[position] = size;
        const isCode = ['unary', 'binary', 'reduce'].includes(name) && position === 1;
        const isActivation = name.startsWith('multiply') && position === 12;
        const isStep = name === 'adamRows' && position === 11 && Number.isInteger(size) && size > 0;
        const isOffset = name === 'copyRows' && size === good + 1;
        // A block may be wider than all columns.
        const isBlock = { sparseProduct: 9, multiplyBlocks: 7 }[name] === position;
        if (isStep || (isBlock && size > 0 && size < 2 ** 31 && Number.isInteger(size))) continue;
        if ((isCode || isActivation || isOffset) && size === good + 1) continue;
        refuses(name, args, `argument ${position} is ${size}`);
      }
    });
  });

  it.each(names)('%s refuses detached, shared and shrunken memory', (name) => {
    valid[name]!().forEach((good, position) => {
      if (!isView(good)) return;
      const View = good instanceof Float32Array ? Float32Array : Int32Array;
      const args = valid[name]!();
      const memoryOfIt = (args[position] as Float32Array).buffer as ArrayBuffer;
      structuredClone(memoryOfIt, { transfer: [memoryOfIt] });
      refuses(name, args, `argument ${position} is detached`);
      args[position] = new View(new SharedArrayBuffer(good.byteLength) as never);
      refuses(name, args, `argument ${position} is shared`);
      const Resizable = ArrayBuffer as unknown as new (
        size: number,
        options: object,
      ) => ArrayBuffer & { resize(size: number): void };
      const memory = new Resizable(good.byteLength, { maxByteLength: 2 * good.byteLength });
      args[position] = new View(memory);
      memory.resize(good.byteLength - 4);
      if (name !== 'fill' && !(name === 'copyRows'))
        refuses(name, args, `argument ${position} shrank`);
    });
  });

  it.each(names)('%s refuses an output that shares memory with anything else', (name) => {
    const good = valid[name]!();
    good.forEach((input, i) => {
      good.forEach((output, j) => {
        if (i >= j || !isView(input) || !isView(output)) return;
        // Both lie in one buffer, one element apart, and the later one is an output of some kind.
        const memory = new ArrayBuffer(4 * (input.length + output.length + 1));
        const args = valid[name]!();
        const place = (view: Float32Array | Int32Array, offset: number) => {
          const Kind = view instanceof Float32Array ? Float32Array : Int32Array;
          const moved = new Kind(memory, offset, view.length);
          return moved;
        };
        args[i] = place(input, 0);
        args[j] = place(output, 4);
        if (input.length < 2 || !isOutput(name, i) === !isOutput(name, j)) return;
        for (const [k, values] of [
          [i, input],
          [j, output],
        ] as const) {
          if (values instanceof Int32Array && !isOutput(name, k))
            (args[k] as Int32Array).set(values);
        }
        refuses(name, args, `arguments ${i} and ${j} overlap`);
      });
    });
    for (const position of mayBeSame[name] ?? []) {
      const args = valid[name]!();
      args[0] = args[position];
      expect(() => call(name, args)).not.toThrow();
    }
  });

  it('refuses inconsistent sparse rows', () => {
    for (const name of ['sparseProduct', 'multinomial', 'topN'] as const) {
      const at = { sparseProduct: 1, multinomial: 2, topN: 4 }[name];
      for (const [offsets, items] of [
        [
          [0, 1, 3],
          [2, 0],
        ],
        [
          [1, 1, 2],
          [2, 0],
        ],
        [
          [0, 3, 2],
          [2, 0],
        ],
        [
          [0, -1, 2],
          [2, 0],
        ],
        [
          [0, 1, 2],
          [3, 0],
        ],
        [
          [0, 1, 2],
          [-1, 0],
        ],
        [
          [0, 1, 2],
          [2 ** 31 - 1, 0],
        ],
      ]) {
        const args = valid[name]!();
        args[at] = Int32Array.from(offsets!);
        args[at + 1] = Int32Array.from(items!);
        refuses(name, args, `${offsets} ${items}`);
      }
    }
    const gather = valid.gatherRows!();
    gather[2] = Int32Array.of(0, 3);
    refuses('gatherRows', gather, 'a row that is not there');
  });

  it('survives a getter that detaches a buffer', () => {
    const left = f32(6);
    const right = f32(3);
    const out = f32(6);
    const shape = [2, 3];
    Object.defineProperty(shape, 1, {
      get() {
        structuredClone(left.buffer, { transfer: [left.buffer as ArrayBuffer] });
        return 3;
      },
    });
    refuses('binary', [out, 0, left, shape, right, [3]], 'detached while the shape is read');
    const throwing = [2, 3];
    Object.defineProperty(throwing, 0, {
      get() {
        throw new RangeError('mine');
      },
    });
    expect(() => call('binary', [out, 0, f32(6), throwing, right, [3]])).toThrow('mine');
  });

  it('names the argument, the rule and the value', () => {
    const one = ClickMatrix.fromRows(3, [[1]]);
    expect(() => native.multinomial(f32(3), f32(2), one, 3)).toThrow(
      'multinomial: logits has 2 elements; it must have 3',
    );
    expect(() => native.setThreads(0)).toThrow(
      'setThreads: count is 0; it must be an integer of 1..256',
    );
    expect(() => native.setIsa('sse9' as never)).toThrow(/"sse9" is not an instruction set/);
  });
});

function isOutput(name: string, position: number): boolean {
  return position < (outputCounts[name] ?? 1);
}
