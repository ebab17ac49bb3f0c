/** Native products with packed layers. */

import { afterAll, describe, expect, it } from 'vitest';
import { topN } from '../../src/backend/operations/top-n.js';
import { type LayerPrecision, layerPrecisions } from '../../src/backend/packed-layer.js';
import { anyThreads, isas, Numbers, native, whySkipped } from './support.js';

describe.skipIf(whySkipped !== '')(`packed layers ${whySkipped}`, () => {
  afterAll(() => native.setIsa(isas[0]!));

  describe.each(isas)('%s', (isa) => {
    it.each(layerPrecisions)('multiply and rank in %s', (precision) => {
      native.setIsa(isa);
      const numbers = new Numbers(7);
      for (const [rows, depth, columns] of [
        [1, 1, 1],
        [3, 5, 33],
        [13, 200, 97],
        [70, 64, 2050],
      ] as const) {
        const left = numbers.normal(rows * depth);
        const weights = numbers.normal(depth * columns);
        const bias = numbers.normal(columns);
        const layer = native.packLayer(weights, bias, { precision, depth, columns });
        const out = anyThreads(() => {
          const result = new Float32Array(rows * columns);
          native.packedProduct(result, left, rows, layer, { emulate: true });
          return result;
        });
        let error = 0;
        let size = 0;
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) {
            let sum = bias[c]!;
            for (let k = 0; k < depth; k++) sum += left[r * depth + k]! * weights[k * columns + c]!;
            error += (out[r * columns + c]! - sum) ** 2;
            size += sum ** 2;
          }
        }
        const slack = { f32: 1e-6, bf16: 0.01, int8: 0.02 }[precision];
        expect(Math.sqrt(error / size)).toBeLessThan(slack);
        const mask = numbers.rows(rows, columns, 0.2);
        const items = new Int32Array(rows * 9);
        const best = new Float32Array(rows * 9);
        native.packedTopN(items, best, 9, left, layer, mask, { emulate: true });
        const expected = topN(out, mask, 9);
        expect([items, best]).toEqual([expected.items, expected.scores]);
      }
    });

    it('refuses bf16 where there is no instruction for it', () => {
      native.setIsa(isa);
      const shape = { precision: 'bf16', depth: 2, columns: 1 } as const;
      const layer = native.packLayer(new Float32Array(2), new Float32Array(1), shape);
      const product = () =>
        native.packedProduct(new Float32Array(1), new Float32Array(2), 1, layer);
      if (native.info().bf16) expect(product).not.toThrow();
      else expect(product).toThrow(/bf16 needs the instruction set avx512bf16/);
    });
  });

  it('unpack to their weights, bit for bit in f32, else rounded', () => {
    const numbers = new Numbers(11);
    for (const [depth, columns] of [
      [1, 1],
      [2, 31],
      [3, 32],
      [5, 33],
      [7, 100],
      [201, 97],
      [64, 2050],
    ] as const) {
      const weights = numbers.normal(depth * columns);
      weights[0] = -0;
      const bias = numbers.normal(columns);
      const unpacked = (precision: LayerPrecision) =>
        anyThreads(() =>
          native.unpackLayer(native.packLayer(weights, bias, { precision, depth, columns })),
        );
      expect(Buffer.from(unpacked('f32').buffer).equals(Buffer.from(weights.buffer))).toBe(true);
      const bf16 = unpacked('bf16');
      const int8 = unpacked('int8');
      let wrong = 0;
      for (let c = 0; c < columns; c++) {
        const column = Array.from({ length: depth }, (_, k) => weights[k * columns + c]!);
        const halfStep = (Math.max(...column.map(Math.abs)) / 254) * 1.00001;
        for (const [k, weight] of column.entries()) {
          const at = k * columns + c;
          if (!(Math.abs(bf16[at]! - weight) <= Math.abs(weight) / 256)) wrong++;
          if (!(Math.abs(int8[at]! - weight) <= halfStep)) wrong++;
        }
      }
      expect(wrong).toBe(0);
      if (depth * columns > 1) expect(bf16).not.toEqual(weights);
      if (depth > 1) expect(int8).not.toEqual(weights);
    }
  });

  it('refuse buffers of a wrong size, and an output that overlaps an input', () => {
    const shape = { precision: 'int8', depth: 2, columns: 3 } as const;
    const layer = native.packLayer(new Float32Array(6), new Float32Array(3), shape);
    const left = new Float32Array(2);
    const out = new Float32Array(3);
    expect(() => native.packedProduct(out, left, 2, layer)).toThrow(/left/);
    expect(() =>
      native.packedProduct(new Float32Array(3), left, 1, { ...layer, depth: 5 }),
    ).toThrow();
    const short = { ...layer, scales: new Float32Array(3) };
    expect(() => native.packedProduct(out, left, 1, short)).toThrow(/scales/);
    const shared = layer.bias.subarray(0, 3);
    expect(() => native.packedProduct(shared, left, 1, layer)).toThrow(/shares memory/);
    const unknown = { ...layer, precision: 'f16' as never };
    expect(() => native.packedProduct(out, left, 1, unknown)).toThrow(/precision/);
  });
});
