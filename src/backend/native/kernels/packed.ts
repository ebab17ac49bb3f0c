/** Layers whose weights are packed once for many products. */

import { layerPrecisions } from '../../packed-layer.js';
import type { Bf16Options, PackedLayer, PackedLayerShape } from '../operations.js';
import type { Binding } from './binding.js';

export interface PackedKernels {
  /**
   * Packs a layer into the form that `packedProduct` and `packedTopN` take. Its source can then be freed.
   *
   * @param weights - [depth, columns]
   * @param bias - [columns]
   */
  packLayer(weights: Float32Array, bias: Float32Array, shape: PackedLayerShape): PackedLayer;

  /** The weights of a layer, [depth, columns]: in f32 the packed bits, else the rounded values. */
  unpackLayer(layer: PackedLayer): Float32Array;

  /** out[rows, columns] = left[rows, depth] · layer + bias; a row's result depends on no other row. */
  packedProduct(
    out: Float32Array,
    left: Float32Array,
    rows: number,
    layer: PackedLayer,
    options?: Bf16Options,
  ): void;
}

/** The columns of one panel of a packed layer. */
const panelColumns = 32;

/** How many steps of the depth one 32-bit word holds. */
const stepsPerWord = { f32: 1, bf16: 2, int8: 4 } as const;

export function packedKernels(binding: Binding): PackedKernels {
  return {
    packLayer(weights, bias, { precision, depth, columns }) {
      const width = Math.ceil(columns / panelColumns) * panelColumns;
      const units = Math.ceil(depth / stepsPerWord[precision]);
      const scaled = precision === 'int8' ? width : 0;
      const layer: PackedLayer = {
        precision,
        depth,
        columns,
        words: new Int32Array(width * units),
        bias: new Float32Array(width),
        scales: new Float32Array(scaled),
        offsets: new Int32Array(scaled),
      };
      binding.packLayer!(...layerArguments(layer), weights, bias);
      return layer;
    },

    unpackLayer(layer) {
      const weights = new Float32Array(layer.depth * layer.columns);
      binding.unpackLayer!(weights, ...layerArguments(layer));
      return weights;
    },

    packedProduct(out, left, rows, layer, { emulate = false } = {}) {
      binding.packedProduct!(out, left, rows, emulate, ...layerArguments(layer));
    },
  };
}

/** A packed layer as the addon takes it. */
export function layerArguments(layer: PackedLayer): unknown[] {
  const { precision, depth, columns, words, bias, scales, offsets } = layer;
  const place = layerPrecisions.indexOf(precision);
  return [place, depth, columns, words, bias, scales, offsets];
}
