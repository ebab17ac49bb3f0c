/** The weights that a training begins with when it goes on from an earlier run. */

import type { StoredTensor, StoredTensors } from '../../runs/format.js';
import type { Network } from '../autoencoder/network.js';
import { parameterShapes } from '../autoencoder/weights.js';

/** An earlier run's weights, or some of them, and where the items are in them. */
export interface EarlierWeights {
  readonly weights: StoredTensors;
  /** [items of the network], the index of each item in `weights`; -1 for an item that the earlier run does not know. */
  readonly earlierIndex: Int32Array;
}

/**
 * Initial weights for a network: those of an earlier run for the items that it knows, and fresh ones for all others.
 *
 * The widths of both networks must be the same. The earlier encoder of a prior begins as a copy of the encoder.
 *
 * @returns every parameter of the network, in new arrays
 */
export function carriedWeights(
  network: Network,
  { weights, earlierIndex }: EarlierWeights,
): StoredTensors {
  const { encoder, decoder, prior = [] } = network.shape;
  const fresh = network.initialWeights();
  const input = `${encoder[0]!.name}/kernel`;
  const outputs = parameterShapes(decoder.slice(-1)).map(({ name }) => name);
  const carried: Record<string, StoredTensor> = {};
  for (const { name, shape } of parameterShapes([...encoder, ...decoder])) {
    const known = weights[name]!;
    const of = { fresh: fresh[name]!, known, earlierIndex };
    if (name === input) carried[name] = itemRows(of);
    else if (outputs.includes(name)) carried[name] = itemColumns(of);
    else carried[name] = { shape, data: known.data.slice() };
  }
  for (const { name } of parameterShapes(prior)) {
    carried[name] = carried[name.replace(/^prior\//, 'encoder/')]!;
  }
  return carried;
}

interface ItemParameter {
  readonly fresh: StoredTensor;
  readonly known: StoredTensor;
  readonly earlierIndex: Int32Array;
}

/** [I, H]: a row for each item. */
function itemRows({ fresh, known, earlierIndex }: ItemParameter): StoredTensor {
  const data = fresh.data.slice();
  const width = data.length / earlierIndex.length;
  for (const [item, before] of earlierIndex.entries()) {
    if (before < 0) continue;
    data.set(known.data.subarray(before * width, (before + 1) * width), item * width);
  }
  return { shape: fresh.shape, data };
}

/** [H, I] or [I]: a column for each item. */
function itemColumns({ fresh, known, earlierIndex }: ItemParameter): StoredTensor {
  const data = fresh.data.slice();
  const items = earlierIndex.length;
  const rows = data.length / items;
  const earlierItems = known.data.length / rows;
  for (let row = 0; row < rows; row++) {
    for (const [item, before] of earlierIndex.entries()) {
      if (before >= 0) data[row * items + item] = known.data[row * earlierItems + before]!;
    }
  }
  return { shape: fresh.shape, data };
}
