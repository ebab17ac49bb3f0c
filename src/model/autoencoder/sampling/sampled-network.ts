/** Training a network on a few items an update: sampled softmax. */

import type { ItemPart } from '../../../backend/collective/item-part.js';
import { takeRows } from '../../../backend/operations/rows.js';
import type { NetworkConfig } from '../../../config/models.js';
import type { StoredTensors } from '../../../runs/format.js';
import type { Network } from '../network.js';
import { type Architecture, transposed } from '../weights.js';
import { ItemSampler } from './item-sample.js';

/** What the configuration of a network that can sample its items says of the sample. */
interface Sampling {
  readonly sampledItems: number;
  readonly seed: number;
}

/** The same configuration without a sample; it has the layers that a run keeps. */
export function unsampled<Config extends NetworkConfig>(config: Config): Config {
  return 'sampledItems' in config ? { ...config, sampledItems: 0 } : config;
}

/**
 * The layers as an update needs them. With a sample, the last layer is transposed: each item's weights then lie together
 * in memory, as they do in the first layer.
 */
export function sampledShape<Shape extends Architecture>(
  { sampledItems }: Pick<Sampling, 'sampledItems'>,
  shape: Shape,
): Shape {
  if (sampledItems === 0) return shape;
  const last = { ...shape.decoder.at(-1)!, isTransposed: true };
  return { ...shape, decoder: [...shape.decoder.slice(0, -1), last] };
}

/**
 * The part that the sums of an update are over; nothing for a network that samples its items, whose sums are over the
 * sample.
 */
export function stepPart(
  { sampledItems }: Pick<Sampling, 'sampledItems'>,
  part: ItemPart,
): ItemPart | undefined {
  return sampledItems === 0 ? part : undefined;
}

/**
 * The view of a network that samples its items; nothing for one that does not.
 *
 * The likelihood is over the clicked items of the batch and a sample of the others, each sampled item counted as many
 * times as it stands for (`ItemSampler`): for the multinomial,
 *
 *   −log p(x|z) ≈ Σ_i x_i·(log Σ_j w_j·exp f_j − f_i)
 *
 * An update reads and changes only the clicked rows of the first layers and the sampled ones of the last, with their
 * moments.
 */
export function sampledView(
  { sampledItems, seed }: Sampling,
  { encoder, decoder, prior = [] }: Architecture,
): Pick<Network, 'view'> {
  if (sampledItems === 0) return {};
  const first = [encoder[0]!, ...prior.slice(0, 1)].map(({ name }) => `${name}/kernel`);
  const last = ['kernel', 'bias'].map((part) => `${decoder.at(-1)!.name}/${part}`);
  let sampler: ItemSampler | undefined;
  return {
    view(tf, weights, batch) {
      sampler ??= new ItemSampler(encoder[0]!.inputs, sampledItems, seed);
      const sample = sampler.sample(batch.clicks, batch.update);
      const { clicked, items, inputs, targets, weights: itemWeights } = sample;
      const rows = Object.fromEntries([
        ...first.map((name) => [name, clicked] as const),
        ...last.map((name) => [name, items] as const),
      ]);
      const taken = Object.fromEntries(
        Object.entries(rows).map(([name, picks]) => [name, takeRows(tf, weights[name]!, picks)]),
      );
      return {
        weights: { ...weights, ...taken },
        batch: { ...batch, clicks: inputs, targets: { clicks: targets, itemWeights } },
        rows,
      };
    },
  };
}

/** Weights for the same layers, with the kernels transposed as these keep them. */
export function arranged(
  weights: StoredTensors,
  from: Architecture,
  to: Architecture,
): StoredTensors {
  const before = from.decoder.at(-1);
  const after = to.decoder.at(-1);
  if (after === undefined || before?.isTransposed === after.isTransposed) return weights;
  const kernel = `${after.name}/kernel`;
  const { shape, data } = weights[kernel]!;
  const [rows, columns] = shape as [number, number];
  const turned = { shape: [columns, rows], data: transposed(data as Float32Array, rows, columns) };
  return { ...weights, [kernel]: turned };
}
