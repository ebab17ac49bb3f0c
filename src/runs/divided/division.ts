/** How the weights of a run lie in files of several ranks. */
import type { ModelConfig } from '../../config/models.js';

/** Items first..last-1. */
export interface ItemRange {
  readonly first: number;
  readonly last: number;
}

/** Which part of a run's weights is wanted. */
export interface WantedWeights {
  readonly items: ItemRange;
  /** The axis of each parameter along which it has one entry an item. */
  readonly axes: Readonly<Record<string, number>>;
}

/** Chooses a part of a run's weights, once its configuration and its number of items are known. */
export type ChoosePart = (run: {
  readonly config: ModelConfig;
  readonly itemCount: number;
}) => WantedWeights;

/** The file of a rank after the first, such as `weights-2-of-4.safetensors`. */
export type ShardFile = `weights-${number}-of-${number}.safetensors`;

/** A rank's file. */
export interface WeightShard extends ItemRange {
  readonly file: ShardFile;
  /** In hex. */
  readonly sha256: string;
}

/** How the weights of a run are divided. */
export interface DividedWeights {
  /** I */
  readonly itemCount: number;
  /** The items of the first rank, whose file also has the parameters without items. */
  readonly items: ItemRange;
  /** The axis of each parameter along which it has one entry an item. */
  readonly axes: Readonly<Record<string, number>>;
  /** The files of the other ranks. */
  readonly shards: readonly WeightShard[];
}
