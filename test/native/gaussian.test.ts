/** Native kernels of the latent Gaussian. */

import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../src/random.js';
import { anyThreads, edges, isas, Numbers, native, ulps, whySkipped } from './support.js';

describe.skipIf(whySkipped)(`kernels of a Gaussian code ${whySkipped}`, () => {
  it('draw the normals of plain JavaScript, bit for bit', () => {
    // Of a million pairs, every branch of the logarithm has some.
    for (const [seed, length] of [
      [1, 2],
      [2, 8192],
      [3, 8194],
      [4, 2_000_000],
    ] as const) {
      const plain = new RandomStream(seed, 'noise');
      const expected = plain.normals(length);
      const own = new RandomStream(seed, 'noise');
      const drawn = own.normals(length, (state, pairs) => native.normals(pairs, state));
      expect(Buffer.from(drawn.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
      expect(own.uint32()).toBe(plain.uint32());
    }
    anyThreads(() => {
      const out = new Float32Array(20_000);
      native.normals(out, Int32Array.of(1, 2, 3, 4));
      return out;
    });
  });

  it('refuse a state of zeros, and an odd number of values', () => {
    expect(() => native.normals(new Float32Array(2), new Int32Array(4))).toThrow(/all zero/);
    expect(() => native.normals(new Float32Array(3), Int32Array.of(1, 2, 3, 4))).toThrow(/pairs/);
  });

  describe.each(isas)('%s', (isa) => {
    it('sample, and measure the divergence, at every edge of a vector', () => {
      native.setIsa(isa);
      const numbers = new Numbers(1);
      for (const columns of [...edges, 200, 1031]) {
        const rows = 3;
        const size = rows * columns;
        const mu = numbers.normal(size);
        const logvar = numbers.normal(size, 2);
        const noise = numbers.normal(size);
        const dz = numbers.normal(size);
        const dy = numbers.normal(rows);
        const z = anyThreads(() => {
          const out = numbers.garbage(size);
          native.sampleCode(out, mu, logvar, noise);
          return out;
        });
        const dLogvar = anyThreads(() => {
          const out = numbers.garbage(size);
          native.sampleCodeGradient(out, dz, logvar, noise);
          return out;
        });
        const kl = anyThreads(() => {
          const out = numbers.garbage(rows);
          native.divergence(out, mu, logvar, { rows, columns });
          return out;
        });
        const kMu = numbers.garbage(size);
        const kLogvar = numbers.garbage(size);
        native.divergenceGradient(kMu, kLogvar, mu, logvar, dy, { rows, columns });
        const exact = new Float64Array(rows);
        for (let k = 0; k < size; k++) {
          const m = mu[k]!;
          const l = logvar[k]!;
          const e = noise[k]!;
          const d = dz[k]!;
          const u = Math.floor(k / columns);
          const sigma = Math.exp(l / 2);
          const isRight =
            Math.abs(z[k]! - (m + e * sigma)) < 1e-6 * (Math.abs(m) + sigma * 5) &&
            ulps(dLogvar[k]!, d * e * 0.5 * sigma) < 6 &&
            ulps(kMu[k]!, dy[u]! * m) <= 0.5 &&
            ulps(kLogvar[k]!, dy[u]! * 0.5 * Math.expm1(l)) < 6;
          if (!isRight) {
            const given = [z[k], dLogvar[k], kMu[k], kLogvar[k]];
            expect.fail(`element ${k} of ${size}: mu ${m}, logvar ${l}, noise ${e} give ${given}`);
          }
          exact[u]! += 0.5 * (Math.expm1(l) - l + m * m);
        }
        kl.forEach((nats, u) => {
          expect(Math.abs(nats - exact[u]!)).toBeLessThan(1e-6 * exact[u]! + 1e-7);
        });
      }
    });

    it('have no negative divergence next to the prior, and 0 at it', () => {
      native.setIsa(isa);
      const tiny = Float32Array.from({ length: 64 }, (_, k) => (k % 2 ? 1 : -1) * 1e-9 * 1.3 ** k);
      const kl = new Float32Array(64);
      const shape = { rows: 64, columns: 1 };
      native.divergence(kl, new Float32Array(64), tiny, shape);
      expect(kl.every((nats) => nats >= 0)).toBe(true);
      native.divergence(kl, new Float32Array(64), new Float32Array(64), shape);
      expect(kl.every((nats) => nats === 0)).toBe(true);
    });

    it('give NaN where a mean or a variance is NaN', () => {
      native.setIsa(isa);
      const fine = new Float32Array(20);
      const broken = new Float32Array(20);
      broken[3] = Number.NaN;
      for (const [mu, logvar] of [
        [fine, broken],
        [broken, fine],
      ] as const) {
        const z = new Float32Array(20);
        const kl = new Float32Array(2);
        native.sampleCode(z, mu, logvar, new Float32Array(20).fill(1));
        expect(z.findIndex(Number.isNaN)).toBe(3);
        native.divergence(kl, mu, logvar, { rows: 2, columns: 10 });
        expect(Array.from(kl, Number.isNaN)).toEqual([true, false]);
      }
    });
  });
});
