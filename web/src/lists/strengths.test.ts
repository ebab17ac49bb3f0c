/** How long the bars beside scores are. */

import { expect, it } from 'vitest';
import { hasLogarithms, strengths } from './strengths.js';

it('compares scores from zero, and logarithms by their exponentials', () => {
  const plain = strengths([4, 3, 0], { areLogarithms: false });
  expect([4, 3, 0].map(plain)).toEqual([1, 0.75, 0]);
  const logits = strengths([1, 0, -1], { areLogarithms: false });
  expect([1, 0, -1].map(logits)).toEqual([1, Math.exp(-1), Math.exp(-2)]);
  expect(strengths([0, 0], { areLogarithms: false })(0)).toBe(0);
});

it('compares the scores of a network alike, whether a list has some below zero or not', () => {
  const all = { areLogarithms: true };
  expect(strengths([3, 2], all)(2)).toBe(strengths([3, 2, -1], all)(2));
  const runs = ['mult-vae-20261128-045936-0efd', 'rec-vae-x', 'ease-20261128-1', 'auto-mult-vae-1'];
  expect(runs.map(hasLogarithms)).toEqual([true, true, false, false]);
});
