/** Short labels that tell runs apart. */

import { expect, it } from 'vitest';
import { parseConfig } from '../config/parse.js';
import { runLabels } from './run-labels.js';

const vae = (id: string, values: Record<string, unknown> = {}) => ({
  id: `mult-vae-20260101-000000-${id}`,
  config: parseConfig('mult-vae', values),
});
const popularity = { id: 'popularity-20260101-000000-0000', config: parseConfig('popularity') };

it('labels a run with its model, and with its differences from other runs of that model', () => {
  expect(runLabels([vae('aaaa'), popularity])).toEqual(['mult-vae', 'popularity']);
  expect(runLabels([vae('aaaa', { seed: 2 }), vae('bbbb', { hiddenDims: [8, 4] })])).toEqual([
    'mult-vae, hiddenDims [600], seed 2',
    'mult-vae, hiddenDims [8,4], seed 1',
  ]);
  expect(runLabels([vae('aaaa'), vae('bbbb'), vae('cccc', { likelihood: 'gaussian' })])).toEqual([
    'mult-vae, likelihood multinomial, aaaa',
    'mult-vae, likelihood multinomial, bbbb',
    'mult-vae, likelihood gaussian',
  ]);
});
