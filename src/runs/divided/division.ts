/** How the weights of a run lie in files of several ranks. */
import type { ModelConfig } from '../../config/models.js';
import type { ItemId } from '../../data/ids.js';

/** Items first..last-1. */
export interface ItemRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Items whose entries are wanted: a range, or a list of indices in the order in which they are wanted. In a list, -1 stands
 * for an item that has no entries; those are then 0.
 */
export type WantedItems = ItemRange | Int32Array;

/** Which part of a run's weights is wanted. */
export interface WantedWeights {
  readonly items: WantedItems;
  /** The axis of each parameter along which it has one entry an item. */
  readonly axes: Readonly<Record<string, number>>;
}

/** Chooses a part of a run's weights, once its configuration and its items are known. */
export type ChoosePart = (run: {
  readonly config: ModelConfig;
  readonly items: readonly ItemId[];
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
