/** The annealing of beta. */

import { describe, expect, it } from 'vitest';
import { annealedBeta } from './annealing.js';

describe('annealedBeta', () => {
  it('rises linearly over the fraction of the planned updates, then stays', () => {
    const config = { betaCap: 0.2, annealFraction: 0.5 };
    const betas = [0, 100, 250, 500, 501, 999].map((update) => annealedBeta(config, update, 1000));
    [0, 0.04, 0.1, 0.2, 0.2, 0.2].forEach((beta, k) => {
      expect(betas[k]).toBeCloseTo(beta, 12);
    });
  });

  it('starts at the cap with fraction 0, and never reaches it above 1', () => {
    expect(annealedBeta({ betaCap: 0.3, annealFraction: 0 }, 0, 10)).toBe(0.3);
    expect(annealedBeta({ betaCap: 0.3, annealFraction: 2 }, 9, 10)).toBeCloseTo(0.135);
  });
});
