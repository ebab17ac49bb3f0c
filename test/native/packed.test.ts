import { afterAll, describe, expect, it } from 'vitest';
import { topN } from '../../src/backend/operations/top-n.js';
import { anyThreads, isas, Numbers, native, whySkipped } from './support.js';

const precisions = ['f32', 'bf16', 'int8'] as const;

describe.skipIf(whySkipped !== '')(`packed layers ${whySkipped}`, () => {
  afterAll(() => native.setIsa(isas[0]!));

  describe.each(isas)('%s', (isa) => {
    it.each(precisions)('multiply and rank in %s', (precision) => {
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
        const place = precisions.indexOf(precision);
        const layer = native.packLayer(weights, bias, place, depth, columns);
        const out = anyThreads(() => {
          const result = new Float32Array(rows * columns);
          native.packedProduct(left, layer, result, rows, true);
          return result;
        });
        let [error, size] = [0, 0];
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
        const [items, best] = [new Int32Array(rows * 9), new Float32Array(rows * 9)];
        native.packedTopN(left, layer, mask, 9, items, best, true);
        const expected = topN(out, mask, 9);
        expect([items, best]).toEqual([expected.items, expected.scores]);
      }
    });

    it('refuses bf16 where there is no instruction for it', () => {
      native.setIsa(isa);
      const layer = native.packLayer(new Float32Array(2), new Float32Array(1), 1, 2, 1);
      const product = () =>
        native.packedProduct(new Float32Array(2), layer, new Float32Array(1), 1);
      if (native.info().bf16) expect(product).not.toThrow();
      else expect(product).toThrow(/bf16 needs the instruction set avx512bf16/);
    });
  });

  it('give their weights back: in f32 bit for bit, else rounded', () => {
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
      const unpacked = (place: number) =>
        anyThreads(() =>
          native.unpackLayer(native.packLayer(weights, bias, place, depth, columns)),
        );
      expect(Buffer.from(unpacked(0).buffer).equals(Buffer.from(weights.buffer))).toBe(true);
      const [bf16, int8] = [unpacked(1), unpacked(2)];
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

  it('refuse buffers of another size, and results that would overwrite what is read', () => {
    const layer = native.packLayer(new Float32Array(6), new Float32Array(3), 2, 2, 3);
    const [left, out] = [new Float32Array(2), new Float32Array(3)];
    expect(() => native.packedProduct(left, layer, out, 2)).toThrow(/left/);
    expect(() =>
      native.packedProduct(left, { ...layer, depth: 5 }, new Float32Array(3), 1),
    ).toThrow();
    const short = { ...layer, scales: new Float32Array(3) };
    expect(() => native.packedProduct(left, short, out, 1)).toThrow(/scales/);
    const shared = layer.bias.subarray(0, 3);
    expect(() => native.packedProduct(left, layer, shared, 1)).toThrow(/shares memory/);
    expect(() => native.packedProduct(left, { ...layer, precision: 3 }, out, 1)).toThrow(
      /precision/,
    );
  });
});
