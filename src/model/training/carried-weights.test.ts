/** Initial weights that go on from an earlier run. */

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/parse.js';
import type { StoredTensors } from '../../runs/format.js';
import { networkOf } from '../models.js';
import { carriedWeights } from './carried-weights.js';

const small = { hiddenDims: [3], latentDim: 2 };
const configs = [
  parseConfig('mult-vae', { ...small, seed: 1 }),
  parseConfig('mult-dae', { ...small, seed: 1 }),
  parseConfig('rec-vae', { hiddenDim: 3, latentDim: 2, seed: 1 }),
];
/** Item 0 is new, and items 1 to 3 were 3, 0 and 1; the earlier item 2 is gone, and so is 4. */
const earlierIndex = Int32Array.of(-1, 3, 0, 1);
const earlierItems = 5;

/** Entry [row, column] of a kernel. */
const entry = (weights: StoredTensors, name: string, [row, column]: [number, number]) => {
  const { shape, data } = weights[name]!;
  return data[row * shape[1]! + column];
};

describe.each(configs)('weights of a $model carried over', (config) => {
  const network = networkOf(config, earlierIndex.length);
  const fresh = network.initialWeights();
  const earlier = networkOf({ ...config, seed: 2 }, earlierItems);
  const { prior: _, ...scoring } = earlier.shape;
  const known = Object.fromEntries(
    Object.entries(earlier.initialWeights()).filter(([name]) => !name.startsWith('prior/')),
  );
  const carried = carriedWeights(network, { weights: known, earlierIndex });
  const input = `${scoring.encoder[0]!.name}/kernel`;
  const output = scoring.decoder.at(-1)!;

  it('have the shapes of the network', () => {
    expect(Object.keys(carried).sort()).toEqual(Object.keys(fresh).sort());
    for (const [name, { shape, data }] of Object.entries(carried)) {
      expect(shape).toEqual(fresh[name]!.shape);
      expect(data).toHaveLength(fresh[name]!.data.length);
    }
  });

  it('are those of the earlier run for the items that it knows, and fresh for a new item', () => {
    for (const [item, before] of earlierIndex.entries()) {
      const [source, at] = before < 0 ? [fresh, item] : [known, before];
      for (let k = 0; k < 2; k++) {
        expect(entry(carried, input, [item, k])).toBe(entry(source, input, [at, k]));
        const logits = `${output.name}/kernel`;
        expect(entry(carried, logits, [k, item])).toBe(entry(source, logits, [k, at]));
      }
      const bias = `${output.name}/bias`;
      expect(carried[bias]!.data[item]).toBe(source[bias]!.data[at]);
    }
  });

  it('are the earlier ones in all other layers, and copies', () => {
    const posterior = `${scoring.encoder.at(-1)!.name}/kernel`;
    expect(carried[posterior]).toEqual(known[posterior]);
    expect(carried[posterior]!.data).not.toBe(known[posterior]!.data);
    for (const name of Object.keys(carried).filter((name) => name.startsWith('prior/'))) {
      expect(carried[name]).toEqual(carried[name.replace('prior/', 'encoder/')]);
    }
  });
});
