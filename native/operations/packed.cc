// Packs layers, unpacks them, and multiplies by them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "packed-left.h"
#include "scratch.h"

namespace multvae {

namespace {

/** The number of int8 steps on either side of zero. */
constexpr float steps = 127;

uint32_t bitsOf(float x) {
  uint32_t u;
  std::memcpy(&u, &x, 4);
  return u;
}

/** The nearest bf16, ties to even; a NaN stays one. */
uint32_t roundedBf16(float x) {
  const uint32_t u = bitsOf(x);
  if (std::isnan(x)) return (u >> 16) | 0x40u;
  return (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
}

/** The size of one int8 step: the largest value is 127 steps. NaN if a value is not finite. */
float scaleOf(const float* x, int64_t count, int64_t stride) {
  float largest = 0;
  for (int64_t k = 0; k < count; k++) {
    const float magnitude = std::fabs(x[k * stride]);
    if (!(magnitude <= std::numeric_limits<float>::max())) return std::numeric_limits<float>::quiet_NaN();
    largest = std::max(largest, magnitude);
  }
  return largest / steps;
}

/** The nearest number of steps, from -127 to 127. */
int32_t quantized(float x, float scale) {
  // This also holds where the scale is NaN, or so small that the quotient would be infinite.
  if (!(scale > std::numeric_limits<float>::min())) return 0;
  return static_cast<int32_t>(std::lrint(std::clamp(x / scale, -steps, steps)));
}

void packF32(const PackedLayer& layer, const float* weights, int64_t panel) {
  const int64_t first = panel * panelColumns, width = std::min(panelColumns, layer.columns - first);
  uint32_t* to = layer.words + panel * layer.depth * panelColumns;
  for (int64_t k = 0; k < layer.depth; k++, to += panelColumns) {
    std::memcpy(to, weights + k * layer.columns + first, static_cast<size_t>(width) * 4);
    std::fill(to + width, to + panelColumns, 0u);
  }
}

void packBf16(const PackedLayer& layer, const float* weights, int64_t panel) {
  const int64_t first = panel * panelColumns, width = std::min(panelColumns, layer.columns - first);
  uint32_t* to = layer.words + panel * layer.units() * panelColumns;
  for (int64_t k = 0; k < layer.depth; k += 2, to += panelColumns) {
    const float* even = weights + k * layer.columns + first;
    for (int64_t c = 0; c < width; c++) {
      const uint32_t odd = k + 1 < layer.depth ? roundedBf16(even[layer.columns + c]) : 0;
      to[c] = roundedBf16(even[c]) | (odd << 16);
    }
    std::fill(to + width, to + panelColumns, 0u);
  }
}

void packInt8(const PackedLayer& layer, const float* weights, int64_t panel) {
  const int64_t first = panel * panelColumns, units = layer.units();
  uint32_t* to = layer.words + panel * units * panelColumns;
  std::fill(to, to + units * panelColumns, 0u);
  for (int64_t c = 0; c < panelColumns; c++) {
    const int64_t column = first + c;
    layer.scales[column] = 0;
    layer.offsets[column] = 0;
    if (column >= layer.columns) continue;
    const float scale = scaleOf(weights + column, layer.depth, layer.columns);
    int32_t sum = 0;
    for (int64_t k = 0; k < layer.depth; k++) {
      const int32_t q = quantized(weights[k * layer.columns + column], scale);
      sum += q;
      to[k / 4 * panelColumns + c] |= (static_cast<uint32_t>(q) & 0xffu) << (8 * (k % 4));
    }
    layer.scales[column] = scale;
    layer.offsets[column] = 128 * sum;
  }
}

void unpackF32(float* weights, const PackedLayer& layer, int64_t panel) {
  const int64_t first = panel * panelColumns, width = std::min(panelColumns, layer.columns - first);
  const uint32_t* from = layer.words + panel * layer.depth * panelColumns;
  for (int64_t k = 0; k < layer.depth; k++, from += panelColumns) {
    std::memcpy(weights + k * layer.columns + first, from, static_cast<size_t>(width) * 4);
  }
}

void unpackBf16(float* weights, const PackedLayer& layer, int64_t panel) {
  const int64_t first = panel * panelColumns, width = std::min(panelColumns, layer.columns - first);
  const uint32_t* words = layer.words + panel * layer.units() * panelColumns;
  for (int64_t k = 0; k < layer.depth; k++) {
    const uint32_t* from = words + k / 2 * panelColumns;
    for (int64_t c = 0; c < width; c++) {
      const uint32_t bits = k % 2 == 0 ? from[c] << 16 : from[c] & 0xffff0000u;
      std::memcpy(weights + k * layer.columns + first + c, &bits, 4);
    }
  }
}

void unpackInt8(float* weights, const PackedLayer& layer, int64_t panel) {
  const int64_t first = panel * panelColumns, width = std::min(panelColumns, layer.columns - first);
  const uint32_t* words = layer.words + panel * layer.units() * panelColumns;
  for (int64_t k = 0; k < layer.depth; k++) {
    const uint32_t* from = words + k / 4 * panelColumns;
    float* to = weights + k * layer.columns + first;
    for (int64_t c = 0; c < width; c++) {
      to[c] = layer.scales[first + c] * static_cast<int8_t>(from[c] >> (8 * (k % 4)));
    }
  }
}

}  // namespace

void packLayer(const PackedLayer& layer, const float* weights, const float* bias) {
  std::copy(bias, bias + layer.columns, layer.bias);
  std::fill(layer.bias + layer.columns, layer.bias + layer.panels() * panelColumns, 0.0f);
  Pool::shared().run(layer.panels(), [&](int64_t panel) {
    if (layer.precision == LayerPrecision::f32) packF32(layer, weights, panel);
    else if (layer.precision == LayerPrecision::bf16) packBf16(layer, weights, panel);
    else packInt8(layer, weights, panel);
  });
}

void unpackLayer(float* weights, const PackedLayer& layer) {
  Pool::shared().run(layer.panels(), [&](int64_t panel) {
    if (layer.precision == LayerPrecision::f32) unpackF32(weights, layer, panel);
    else if (layer.precision == LayerPrecision::bf16) unpackBf16(weights, layer, panel);
    else unpackInt8(weights, layer, panel);
  });
}

PackedLeft::PackedLeft(const float* left, int64_t rows, const PackedLayer& layer)
    : layer_(layer), rows_(rows), words_(reinterpret_cast<const uint32_t*>(left)), scales_(nullptr) {
  if (layer.precision == LayerPrecision::f32) return;
  thread_local Scratch wordScratch, scaleScratch;
  const int64_t units = layer.units(), depth = layer.depth;
  uint32_t* words = wordScratch.atLeast<uint32_t>(static_cast<size_t>(rows * units));
  std::fill(words, words + rows * units, 0u);
  words_ = words;
  if (layer.precision == LayerPrecision::bf16) {
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t k = 0; k < depth; k++) {
        words[r * units + k / 2] |= roundedBf16(left[r * depth + k]) << (16 * (k % 2));
      }
    }
    return;
  }
  float* scales = scaleScratch.atLeast<float>(static_cast<size_t>(rows));
  scales_ = scales;
  for (int64_t r = 0; r < rows; r++) {
    scales[r] = scaleOf(left + r * depth, depth, 1);
    for (int64_t k = 0; k < depth; k++) {
      const uint32_t byte = static_cast<uint32_t>(quantized(left[r * depth + k], scales[r]) + 128);
      words[r * units + k / 4] |= byte << (8 * (k % 4));
    }
  }
}

void PackedLeft::multiply(float* out, int64_t stride, int64_t panel, int64_t end) const {
  const int64_t units = layer_.units(), first = panel * panelColumns;
  const PanelProduct product = kernels().panelProducts[static_cast<int>(layer_.precision)];
  Pool::shared().ranges((end - first + panelColumns - 1) / panelColumns, 4, [=](int64_t begin, int64_t stop) {
    for (int64_t p = begin; p < stop; p++) {
      const int64_t column = first + p * panelColumns;
      const LayerPanel one{layer_.words + (panel + p) * units * panelColumns,
                           units,
                           std::min(panelColumns, end - column),
                           layer_.bias + column,
                           layer_.scales + column,
                           layer_.offsets + column};
      product(out + p * panelColumns, stride, words_, scales_, rows_, one);
    }
  });
}

void packedProduct(float* out, const float* left, int64_t rows, const PackedLayer& layer) {
  constexpr int64_t maxRows = 64;
  for (int64_t row = 0; row < rows; row += maxRows) {
    const PackedLeft packed(left + row * layer.depth, std::min(maxRows, rows - row), layer);
    packed.multiply(out + row * layer.columns, layer.columns, 0, layer.columns);
  }
}

}  // namespace multvae
