/** How long the bars beside scores are. */

import { expect, it } from 'vitest';
import { strengths } from './strengths.js';

it('compares scores from zero, and logarithms by their exponentials', () => {
  const plain = strengths([4, 3, 0]);
  expect([4, 3, 0].map(plain)).toEqual([1, 0.75, 0]);
  const logits = strengths([1, 0, -1]);
  expect([1, 0, -1].map(logits)).toEqual([1, Math.exp(-1), Math.exp(-2)]);
  expect(strengths([0, 0])(0)).toBe(0);
});
