/** A short version of `npm run nights`: six nights, of which every second goes wrong. */

import { afterAll, expect, it } from 'vitest';
import { cleanUp } from '../../bench/soak/cleanup.js';
import { nights } from '../../bench/soak/nights/nights.js';

afterAll(cleanUp);

it('lets no bad model answer, keeps no good one out, and does not fill the disk', async () => {
  const outcome = await nights(6, {
    shape: 'shop:1000x200x12000',
    badEvery: 2,
    keep: 3,
    heldoutUsers: 120,
    parameters: { epochs: 20, hiddenDims: [50], latentDim: 16, learningRate: 0.003, seed: 1 },
  });
  const { log, answers, served, growth, ...found } = outcome;
  const story = log.map(({ night, fault, outcome }) => `${night} ${fault ?? 'good'}: ${outcome}`);
  expect(story).toEqual([
    '1 good: activated',
    '2 one epoch: kept',
    '3 good: activated',
    '4 learning rate 10: failed',
    '5 good: activated',
    '6 half of the items: kept',
  ]);
  expect(found).toEqual({ nights: 6, bad: 3, badAnswers: 0, keptOut: 0, errors: [], mostRuns: 3 });
  // The first run, and those of the three good nights.
  expect(served).toBe(4);
  expect(answers).toBeGreaterThan(served);
  expect(growth).toBeLessThan(1.5);
}, 240_000);
