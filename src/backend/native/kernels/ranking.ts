/** Ranking: the n best items of each row that are not in a mask. Ties, NaN and filling as in `topN`. */

import type { ClickMatrix } from '../../../data/click-matrix.js';
import type { Bf16Options, DenseLayer, PackedLayer } from '../operations.js';
import type { Binding } from './binding.js';
import { layerArguments } from './packed.js';

export interface RankingKernels {
  /**
   * The n best items of each row of a matrix.
   *
   * @param items - [B, n], receives item indices, best first; -1 fills the rest
   * @param best - [B, n], receives their scores; -Infinity fills the rest
   * @param scores - [B, I]
   * @param mask - B rows of item indices to leave out
   */
  topN(
    items: Int32Array,
    best: Float32Array,
    n: number,
    scores: Float32Array,
    mask: ClickMatrix,
  ): void;

  /**
   * `topN` of hidden · weights + bias. Only a block of the scores is ever in memory.
   *
   * @param hidden - [B, depth]
   */
  decodeTopN(
    items: Int32Array,
    best: Float32Array,
    n: number,
    hidden: Float32Array,
    layer: DenseLayer,
    mask: ClickMatrix,
  ): void;

  /** `topN` of a packed layer's output. Only a block of the scores is ever in memory. */
  packedTopN(
    items: Int32Array,
    best: Float32Array,
    n: number,
    left: Float32Array,
    layer: PackedLayer,
    mask: ClickMatrix,
    options?: Bf16Options,
  ): void;
}

export function rankingKernels(binding: Binding): RankingKernels {
  return {
    topN(items, best, n, scores, mask) {
      const { offsets, items: masked, rows, columns } = mask;
      binding.topN!(items, best, n, scores, offsets, masked, rows, columns);
    },

    decodeTopN(items, best, n, hidden, layer, mask) {
      const { weights, bias, depth, isTransposed = false } = layer;
      const { offsets, items: masked, rows, columns } = mask;
      const inputs = [hidden, weights, bias, offsets, masked];
      const name = isTransposed ? 'decodeTransposedTopN' : 'decodeTopN';
      binding[name]!(items, best, n, ...inputs, rows, columns, depth);
    },

    packedTopN(items, best, n, left, layer, mask, { emulate = false } = {}) {
      const { offsets, items: masked, rows } = mask;
      const inputs = [left, offsets, masked, rows, emulate];
      binding.packedTopN!(items, best, n, ...inputs, ...layerArguments(layer));
    },
  };
}
