/** Seeded random streams, against NumPy where there is a twin. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumpyLegacyRandom, RandomStream } from './random.js';

interface NumpyCase {
  seed: number;
  uint32: number[];
  permutation_20: number[];
  permutation_6034_first10: number[];
  permutation_6034_sha256_of_comma_joined: string;
  choice_100_20_then_choice_7_1_then_choice_33_6: number[][];
}
const golden: { cases: NumpyCase[] } = JSON.parse(
  readFileSync(new URL('../test/golden/numpy-legacy.json', import.meta.url), 'utf8'),
);

describe.each(golden.cases)('NumPy’s legacy generator, seed $seed', (numpy) => {
  it('draws the same words', () => {
    const random = new NumpyLegacyRandom(numpy.seed);
    expect(numpy.uint32.map(() => random.uint32())).toEqual(numpy.uint32);
  });

  it('gives the same permutations', () => {
    expect([...new NumpyLegacyRandom(numpy.seed).permutation(20)]).toEqual(numpy.permutation_20);
    const long = [...new NumpyLegacyRandom(numpy.seed).permutation(6034)];
    expect(long.slice(0, 10)).toEqual(numpy.permutation_6034_first10);
    expect(createHash('sha256').update(long.join(',')).digest('hex')).toBe(
      numpy.permutation_6034_sha256_of_comma_joined,
    );
  });

  it('makes the same choices, call after call', () => {
    const random = new NumpyLegacyRandom(numpy.seed);
    const chosen = [random.choice(100, 20), random.choice(7, 1), random.choice(33, 6)];
    expect(chosen.map((c) => [...c])).toEqual(numpy.choice_100_20_then_choice_7_1_then_choice_33_6);
  });

  it('would notice another seed', () => {
    const random = new NumpyLegacyRandom(numpy.seed + 1);
    expect(numpy.uint32.map(() => random.uint32())).not.toEqual(numpy.uint32);
  });
});

describe('RandomStream', () => {
  it('repeats for the same seed, name and index and differs for any other', () => {
    const draw = (seed: number, name: string, index: number) => {
      const stream = new RandomStream(seed, name, index);
      return [stream.uint32(), stream.uint32(), stream.uint32()].join();
    };
    const of = draw(1, 'dropout', 7);
    expect(draw(1, 'dropout', 7)).toBe(of);
    const others = [draw(2, 'dropout', 7), draw(1, 'noise', 7), draw(1, 'dropout', 8)];
    expect(new Set([of, ...others]).size).toBe(4);
  });

  it('draws the same bits at once as one after the other', () => {
    const many = new RandomStream(6, 'bits');
    const single = new RandomStream(6, 'bits');
    for (const count of [0, 1, 5, 1000]) {
      expect(many.uint32s(count)).toEqual(
        Uint32Array.from({ length: count }, () => single.uint32()),
      );
    }
  });

  it('has uniform floats: mean 1/2, variance 1/12, no lag-one correlation', () => {
    const stream = new RandomStream(3, 'uniform');
    const values = Float64Array.from({ length: 100_000 }, () => stream.float());
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
    let lag = 0;
    for (let i = 1; i < values.length; i++) lag += (values[i]! - mean) * (values[i - 1]! - mean);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.004);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.002);
    expect(Math.abs(lag / values.length / variance)).toBeLessThan(0.015);
  });

  it('draws the same normals at once as one after the other', () => {
    const many = new RandomStream(5, 'normal');
    const single = new RandomStream(5, 'normal');
    for (const count of [0, 1, 4, 3, 2, 0, 5]) {
      const one = Float32Array.from({ length: count }, () => single.normal());
      expect(many.normals(count)).toEqual(one);
    }
    expect(many.normals(3)).not.toEqual(new RandomStream(5, 'normal').normals(3));
  });

  it('has normals with mean 0, variance 1 and fourth moment 3', () => {
    const stream = new RandomStream(4, 'normal');
    const moments = [0, 0, 0, 0];
    const n = 200_000;
    for (let i = 0; i < n; i++) {
      const x = stream.normal();
      moments.forEach((sum, power) => {
        moments[power] = sum + x ** (power + 1);
      });
    }
    expect(Math.abs(moments[0]! / n)).toBeLessThan(0.01);
    expect(Math.abs(moments[1]! / n - 1)).toBeLessThan(0.015);
    expect(Math.abs(moments[3]! / n - 3)).toBeLessThan(0.12);
  });

  it('permutes every element exactly once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.nat(), (n, seed) => {
        const order = new RandomStream(seed, 'shuffle').permutation(n);
        expect([...order].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
      }),
    );
  });
});
