// The register tile of the matrix product: `tileRows` x `tileVectors` accumulators stay in registers while
// one panel of each operand streams by.
#pragma once

#include "kernels.h"
#include "packing.h"

KERNELS_BEGIN

/** f32: a unit is one number. */
struct F32Unit {
  typedef V Lanes;
  static INLINE V lanes(const float* p) { return load(p); }
  static INLINE V broadcast(const float* p) { return splat(*p); }
  static INLINE V multiplyAdd(V sum, V a, V b) { return sum + a * b; }
};

/** bf16 without the instruction: the same products in the same order, each rounded once if there is an FMA. */
struct Bf16Emulated {
  typedef U Lanes;
  static INLINE U lanes(const float* p) { return bits(load(p)); }
  static INLINE U broadcast(const float* p) {
    uint32_t unit;
    memcpy(&unit, p, 4);
    return splat(unit);
  }
  static INLINE V multiplyAdd(V sum, U a, U b) {
    sum = sum + fromBits(a & 0xffff0000u) * fromBits(b & 0xffff0000u);
    return sum + fromBits(a << 16) * fromBits(b << 16);
  }
};

template <class Unit, int64_t Rows, int64_t Vectors>
void productTile(float* out, int64_t stride, const float* left, const float* right, int64_t units,
                 int64_t rows, int64_t columns, bool accumulate, const float* bias) {
  constexpr int64_t Columns = Vectors * W;
  V sum[Rows][Vectors];
#pragma GCC unroll 16
  for (int64_t i = 0; i < Rows; i++) {
#pragma GCC unroll 8
    for (int64_t j = 0; j < Vectors; j++) sum[i][j] = V{};
  }
  const bool whole = rows == Rows && columns == Columns;
  if (whole) {
    for (int64_t i = 0; i < Rows; i++) {
      for (int64_t at = 0; at < Columns; at += 16) __builtin_prefetch(out + i * stride + at, 1);
    }
  }
#pragma GCC unroll 4
  for (int64_t unit = 0; unit < units; unit++) {
    typename Unit::Lanes b[Vectors];
#pragma GCC unroll 8
    for (int64_t j = 0; j < Vectors; j++) b[j] = Unit::lanes(right + j * W);
#pragma GCC unroll 16
    for (int64_t i = 0; i < Rows; i++) {
      const typename Unit::Lanes a = Unit::broadcast(left + i);
#pragma GCC unroll 8
      for (int64_t j = 0; j < Vectors; j++) sum[i][j] = Unit::multiplyAdd(sum[i][j], a, b[j]);
    }
    left += Rows;
    right += Columns;
  }
  if (whole) {
#pragma GCC unroll 16
    for (int64_t i = 0; i < Rows; i++) {
#pragma GCC unroll 8
      for (int64_t j = 0; j < Vectors; j++) {
        float* at = out + i * stride + j * W;
        V x = sum[i][j];
        if (accumulate) x += load(at);
        if (bias) x += load(bias + j * W);
        store(at, x);
      }
    }
    return;
  }
  float edge[Rows * Columns];
#pragma GCC unroll 16
  for (int64_t i = 0; i < Rows; i++) {
#pragma GCC unroll 8
    for (int64_t j = 0; j < Vectors; j++) store(edge + i * Columns + j * W, sum[i][j]);
  }
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) {
      float x = edge[i * Columns + j];
      if (accumulate) x += out[i * stride + j];
      if (bias) x += bias[j];
      out[i * stride + j] = x;
    }
  }
}

/** A product of few rows. It reads the right matrix once, in place, four rows at a time. */
[[maybe_unused]] void thinProduct(float* out, const float* left, const float* right, const float* bias,
                                  int64_t rows, int64_t depth, int64_t columns, int64_t leftRowStride,
                                  int64_t leftDepthStride, int64_t rightStride, int64_t begin, int64_t end) {
  const int64_t n = end - begin;
  for (int64_t r = 0; r < rows; r++) memset(out + r * columns + begin, 0, sizeof(float) * n);
  for (int64_t k = 0; k < depth; k += 4) {
    const int64_t count = depth - k < 4 ? depth - k : 4;
    const float* from = right + k * rightStride + begin;
    for (int64_t r = 0; r < rows; r++) {
      float* to = out + r * columns + begin;
      const float* factor = left + r * leftRowStride + k * leftDepthStride;
      if (count == 4) {
        const float a = factor[0], b = factor[leftDepthStride], c = factor[2 * leftDepthStride],
                    d = factor[3 * leftDepthStride];
        const float *p = from, *q = p + rightStride, *s = q + rightStride, *t = s + rightStride;
        int64_t j = 0;
        for (; j + W <= n; j += W) {
          V x = load(to + j);
          x += a * load(p + j);
          x += b * load(q + j);
          x += c * load(s + j);
          x += d * load(t + j);
          store(to + j, x);
        }
        for (; j < n; j++) to[j] = to[j] + a * p[j] + b * q[j] + c * s[j] + d * t[j];
      } else {
        for (int64_t i = 0; i < count; i++) {
          for (int64_t j = 0; j < n; j++) to[j] += factor[i * leftDepthStride] * from[i * rightStride + j];
        }
      }
    }
  }
  if (!bias) return;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t j = begin; j < end; j++) out[r * columns + j] += bias[j];
  }
}

template <class Unit, int64_t Depth, int64_t Rows, int64_t Vectors>
constexpr ProductKernel productKernel() {
  return {Rows,
          Vectors * W,
          Depth,
          {packLanes<Rows, Depth>, packSteps<Rows, Depth>},
          {packLanes<Vectors * W, Depth>, packSteps<Vectors * W, Depth>},
          productTile<Unit, Rows, Vectors>};
}

KERNELS_END
