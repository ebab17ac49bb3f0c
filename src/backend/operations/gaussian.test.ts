/** The divergence of a code from its prior, against the formula. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openEngine } from '../select.js';
import { gaussianDivergence } from './gaussian.js';

const { tf } = await openEngine('cpu');

async function kl(mu: number[], logvar: number[]): Promise<number> {
  const divergence = tf.tidy(() =>
    gaussianDivergence(tf, { mu: tf.tensor2d([mu]), logvar: tf.tensor2d([logvar]) }),
  );
  const [value] = await divergence.data();
  divergence.dispose();
  return value!;
}

describe('the divergence from N(0, I)', () => {
  it('is 0 at the prior', async () => {
    expect(await kl([0, 0], [0, 0])).toBe(0);
  });

  it('is the closed form, and never negative', async () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    const pairs = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pairs, async (pairs) => {
        const expected = pairs.reduce(
          (sum, [mu, logvar]) => sum + 0.5 * (Math.exp(logvar) + mu * mu - 1 - logvar),
          0,
        );
        const value = await kl(
          pairs.map(([mu]) => mu),
          pairs.map(([, logvar]) => logvar),
        );
        expect(value).toBeCloseTo(expected, 4);
        expect(value).toBeGreaterThanOrEqual(-1e-6);
      }),
    );
  });
});
