/** The memory that the training of a network takes. */

import type { ModelConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { scoringShape } from '../autoencoder/network.js';
import { layersOf, parameterShapes } from '../autoencoder/weights.js';
import { networkOf } from '../models.js';

/** The clicks that a model is trained on. */
export type TrainingSize = Pick<ClickMatrix, 'columns' | 'clicks'> &
  Partial<Pick<ClickMatrix, 'rows'>>;

/** Bytes at the peak, beside the data. */
export interface NetworkMemory {
  /** The weights that steps move, and those that they read beside. */
  readonly weights: number;
  /** The weights of the best epoch, which a run keeps. */
  readonly best: number;
  /** Adam's moments. */
  readonly moments: number;
  /** What a step holds: the logits and their gradient, the gradients of weights, and the rows that it samples. */
  readonly buffers: number;
}

/** A network that scores items in its steps. */
export type ScoringConfig = Extract<ModelConfig, { readonly sampledItems: number }>;

/** Bytes of a number. */
const bytes = 4;
/** The logits and what is computed from them. */
const logitCopies = 2;
/** The rows that a step samples, and their gradients; memory comes in sizes an eighth apart. */
const sampleCopies = 2.25;

/** The gradients of Mult-DAE's penalty, and their sums with those of the likelihood. */
const penaltyCopies = 1.75;

/** What training a network keeps in memory. An estimate of the buffers; weights and moments are exact. */
export function networkMemory(config: ScoringConfig, train: TrainingSize): NetworkMemory {
  const { shape } = networkOf(config, train.columns);
  const all = count(parameterShapes(layersOf(shape)));
  const scoring = count(parameterShapes(layersOf(scoringShape(shape))));
  return {
    weights: bytes * all,
    best: bytes * scoring,
    moments: 2 * bytes * scoring,
    buffers: bytes * stepNumbers(config, train, scoring),
  };
}

/** Numbers that a step holds beside the parameters. */
function stepNumbers(config: ScoringConfig, train: TrainingSize, parameters: number): number {
  const { columns: items, clicks, rows } = train;
  const { sampledItems, batchSize } = config;
  const penalty = config.model === 'mult-dae' ? penaltyCopies : 0;
  if (sampledItems === 0) return (1 + penalty) * parameters + logitCopies * batchSize * items;
  const { encoder, decoder, prior = [] } = networkOf(config, items).shape;
  const clicked = rows === undefined ? items : Math.min(items, (batchSize * clicks) / rows);
  const drawn = sampledItems < 1 ? sampledItems * items : sampledItems;
  const sampled = Math.min(items, clicked + drawn);
  const first = clicked * encoder[0]!.outputs * (prior.length > 0 ? 2 : 1);
  const last = sampled * (decoder.at(-1)!.inputs + 1);
  return (sampleCopies + penalty) * (first + last) + logitCopies * batchSize * sampled;
}

/** All bytes together. */
export function totalBytes({ weights, best, moments, buffers }: NetworkMemory): number {
  return weights + best + moments + buffers;
}

function count(parameters: readonly { readonly shape: readonly number[] }[]): number {
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}
