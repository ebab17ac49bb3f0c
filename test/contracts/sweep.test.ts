/** The sweep of a symmetric matrix, on every backend. */

import { describe, expect, it } from 'vitest';
import { sweep } from '../../src/backend/operations/sweep.js';
import { ConfigError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { loadableBackends } from './loadable-backends.js';

/** GᵀG + I in whole numbers, exact in f32. */
function positiveDefinite(n: number, seed: number): Float32Array {
  const random = new RandomStream(seed, 'sweep');
  const rows = Array.from({ length: 2 * n }, () =>
    Array.from({ length: n }, () => (random.float() < 0.1 ? 1 : 0)),
  );
  return Float32Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    return rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? 1 : 0);
  });
}

describe.each(await loadableBackends())('the sweep on $label', ({ open }) => {
  it.each([1, 7, 255, 256, 257, 300])('leaves −A⁻¹ of %i rows', async (n) => {
    const engine = await open();
    const matrix = positiveDefinite(n, n);
    const swept = matrix.map((value, at) => (at % n > Math.floor(at / n) ? Number.NaN : value));
    await sweep(engine, swept, n);
    let worst = 0;
    for (let i = 0; i < n; i += n > 50 ? 17 : 1) {
      for (let j = 0; j < n; j++) {
        let sum = i === j ? 1 : 0;
        for (let k = 0; k < n; k++) sum += matrix[i * n + k]! * swept[k * n + j]!;
        worst = Math.max(worst, Math.abs(sum));
      }
    }
    expect(worst).toBeLessThan(2e-5);
  });

  it('refuses what is not positive definite, and stops when told to', async () => {
    const engine = await open();
    const indefinite = Float32Array.of(1, 2, 2, 1);
    await expect(sweep(engine, indefinite, 2)).rejects.toThrow(ConfigError);
    const stopped = sweep(engine, positiveDefinite(9, 1), 9, AbortSignal.abort(new Error('stop')));
    await expect(stopped).rejects.toThrow('stop');
  });
});
