// Packed layers for JavaScript.
#include "../isa/select.h"
#include "arguments.h"
#include "ranking.h"

namespace multvae {

namespace {

/** (precision, depth, columns, words, bias, scales, offsets) from argument `at` on. */
struct LayerArguments {
  PackedLayer layer;
  Buffer<int32_t> words, offsets;
  Buffer<float> bias, scales;
};

LayerArguments readLayer(Arguments& a, size_t at) {
  LayerArguments read;
  PackedLayer& layer = read.layer;
  layer.precision = static_cast<LayerPrecision>(
      a.integer(at, "precision", 0, static_cast<int64_t>(LayerPrecision::count) - 1));
  layer.depth = a.size(at + 1, "depth");
  layer.columns = a.size(at + 2, "columns");
  const bool isInt8 = layer.precision == LayerPrecision::int8;
  const int64_t width = elements(a, layer.panels(), panelColumns);
  read.words = a.int32s(at + 3, "words", elements(a, width, layer.units()));
  read.bias = a.floats(at + 4, "bias", width);
  read.scales = a.floats(at + 5, "scales", isInt8 ? width : 0);
  read.offsets = a.int32s(at + 6, "offsets", isInt8 ? width : 0);
  layer.words = reinterpret_cast<uint32_t*>(read.words.data);
  layer.bias = read.bias.data;
  layer.scales = read.scales.data;
  layer.offsets = read.offsets.data;
  return read;
}

template <class T>
void requireApartFrom(const Arguments& a, const Buffer<T>& out, const LayerArguments& layer) {
  requireApart(a, out, layer.words);
  requireApart(a, out, layer.bias);
  requireApart(a, out, layer.scales);
  requireApart(a, out, layer.offsets);
}

void requireBf16(const Arguments& a, const PackedLayer& layer, bool mayEmulate) {
  if (layer.precision != LayerPrecision::bf16 || kernels().hasBf16 || mayEmulate) return;
  a.fail("bf16 needs the instruction set avx512bf16; " + std::string(kernels().name) + " is in use");
}

/** (precision, depth, columns, words, bias, scales, offsets, weights, weightsBias) */
void callPackLayer(Arguments& a) {
  const LayerArguments read = readLayer(a, 0);
  const PackedLayer& layer = read.layer;
  const Buffer<float> weights = a.floats(7, "weights", elements(a, layer.depth, layer.columns));
  const Buffer<float> bias = a.floats(8, "weightsBias", layer.columns);
  requireApartFrom(a, weights, read);
  requireApartFrom(a, bias, read);
  requireApart(a, read.words, read.bias);
  requireApart(a, read.words, read.scales);
  requireApart(a, read.words, read.offsets);
  requireApart(a, read.bias, read.scales);
  requireApart(a, read.bias, read.offsets);
  requireApart(a, read.scales, read.offsets);
  packLayer(layer, weights.data, bias.data);
}

/** (weights, precision, depth, columns, words, bias, scales, offsets) */
void callUnpackLayer(Arguments& a) {
  const LayerArguments read = readLayer(a, 1);
  const PackedLayer& layer = read.layer;
  const Buffer<float> weights = a.floats(0, "weights", elements(a, layer.depth, layer.columns));
  requireApartFrom(a, weights, read);
  unpackLayer(weights.data, layer);
}

/** (out, left, rows, emulate, precision, depth, columns, words, bias, scales, offsets) */
void callPackedProduct(Arguments& a) {
  const int64_t rows = a.size(2, "rows");
  const bool mayEmulate = a.boolean(3, "emulate");
  const LayerArguments read = readLayer(a, 4);
  const PackedLayer& layer = read.layer;
  requireBf16(a, layer, mayEmulate);
  const Buffer<float> left = a.floats(1, "left", elements(a, rows, layer.depth));
  const Buffer<float> out = a.floats(0, "out", elements(a, rows, layer.columns));
  requireApart(a, out, left);
  requireApartFrom(a, out, read);
  packedProduct(out.data, left.data, rows, layer);
}

/** (items, scores, n, left, maskOffsets, maskItems, rows, emulate, precision, depth, columns, words, bias,
 *  scales, offsets) */
void callPackedTopN(Arguments& a) {
  const int64_t rows = a.size(6, "rows"), n = a.integer(2, "n", 1, INT32_MAX);
  const bool mayEmulate = a.boolean(7, "emulate");
  const LayerArguments read = readLayer(a, 8);
  const PackedLayer& layer = read.layer;
  requireBf16(a, layer, mayEmulate);
  const Buffer<float> left = a.floats(3, "left", elements(a, rows, layer.depth));
  const MaskArguments mask = readMask(a, 4, rows);
  const RankingOutput out = readRanking(a, rows, n);
  requireApartFrom(a, out, left);
  requireApartFrom(a, out, mask);
  requireApartFrom(a, out.items, read);
  requireApartFrom(a, out.scores, read);
  packedTopN(out.items.data, out.scores.data, n, left.data, layer, mask.rows(a, rows, layer.columns));
}

}  // namespace

const std::vector<Export> packedExports = {
    {"packLayer", 9, callPackLayer},
    {"unpackLayer", 8, callUnpackLayer},
    {"packedProduct", 11, callPackedProduct},
    {"packedTopN", 15, callPackedTopN},
};

}  // namespace multvae
