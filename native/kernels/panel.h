// The product of a few rows with one panel of a packed layer. It copies nothing, and the sums of a row do not
// depend on the other rows.
#pragma once

#include "kernels.h"
#include "product.h"

KERNELS_BEGIN

/** f32: a unit is one step. The terms are added in the order of the steps, as in `productTile`. */
struct F32Panel {
  typedef V Sum;
  typedef V Lanes;
  static INLINE V lanes(const uint32_t* p) { return load(reinterpret_cast<const float*>(p)); }
  static INLINE V broadcast(uint32_t unit) { return fromBits(splat(unit)); }
  static INLINE V multiplyAdd(V sum, V a, V b) { return sum + a * b; }
  static INLINE V finish(V sum, const LayerPanel&, int64_t, float) { return sum; }
};

/** bf16: a unit is two steps. */
template <class Unit>
struct Bf16Panel {
  typedef V Sum;
  typedef U Lanes;
  static INLINE U lanes(const uint32_t* p) { return bits(load(reinterpret_cast<const float*>(p))); }
  static INLINE U broadcast(uint32_t unit) { return splat(unit); }
  static INLINE V multiplyAdd(V sum, U a, U b) { return Unit::multiplyAdd(sum, a, b); }
  static INLINE V finish(V sum, const LayerPanel&, int64_t, float) { return sum; }
};

/** int8: a unit is four steps, unsigned bytes on the left, signed bytes on the right. */
template <class Dot>
struct Int8Panel {
  typedef I Sum;
  typedef U Lanes;
  static INLINE U lanes(const uint32_t* p) { return bits(load(reinterpret_cast<const float*>(p))); }
  static INLINE U broadcast(uint32_t unit) { return splat(unit); }
  static INLINE I multiplyAdd(I sum, U a, U b) { return Dot::add(sum, a, b); }
  static INLINE V finish(I sum, const LayerPanel& panel, int64_t column, float leftScale) {
    I offset;
    memcpy(&offset, panel.offsets + column, sizeof offset);
    return __builtin_convertvector(sum - offset, V) * (leftScale * load(panel.scales + column));
  }
};

/** The exact sum of four products of bytes, for processors without an instruction for it. */
struct Int8Dot {
  static INLINE I add(I sum, U a, U b) {
    typedef int16_t S __attribute__((vector_size(MULTVAE_WIDTH * 4)));
    const S b16 = reinterpret_cast<S>(b);
    const S evenA = reinterpret_cast<S>(a & 0x00ff00ffu), oddA = reinterpret_cast<S>((a >> 8) & 0x00ff00ffu);
    const S evenB = reinterpret_cast<S>(b << 8) >> 8, oddB = b16 >> 8;
    return sum + pairs(evenA, evenB) + pairs(oddA, oddB);
  }

 private:
  /** The sums of adjacent pairs of 16-bit products. */
  template <class S>
  static INLINE I pairs(S a, S b) {
#if defined(__x86_64__) && MULTVAE_WIDTH == 16 && defined(__AVX512BW__)
    return reinterpret_cast<I>(_mm512_madd_epi16(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__x86_64__) && MULTVAE_WIDTH == 8 && defined(__AVX2__)
    return reinterpret_cast<I>(_mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__x86_64__) && MULTVAE_WIDTH == 4
    return reinterpret_cast<I>(_mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
    const I wideA = reinterpret_cast<I>(a), wideB = reinterpret_cast<I>(b);
    const I lowA = reinterpret_cast<I>(reinterpret_cast<U>(a) << 16) >> 16;
    const I lowB = reinterpret_cast<I>(reinterpret_cast<U>(b) << 16) >> 16;
    return lowA * lowB + (wideA >> 16) * (wideB >> 16);
#endif
  }
};

template <class Unit, int64_t Rows>
void panelRows(float* out, int64_t stride, const uint32_t* left, const float* leftScales,
               const LayerPanel& panel) {
  for (int64_t part = 0; part < panelColumns; part += 2 * W) {
    typename Unit::Sum sum[Rows][2];
#pragma GCC unroll 16
    for (int64_t i = 0; i < Rows; i++) sum[i][0] = sum[i][1] = typename Unit::Sum{};
    const uint32_t* right = panel.weights + part;
#pragma GCC unroll 2
    for (int64_t unit = 0; unit < panel.units; unit++) {
      const typename Unit::Lanes b0 = Unit::lanes(right), b1 = Unit::lanes(right + W);
#pragma GCC unroll 16
      for (int64_t i = 0; i < Rows; i++) {
        const typename Unit::Lanes a = Unit::broadcast(left[i * panel.units + unit]);
        sum[i][0] = Unit::multiplyAdd(sum[i][0], a, b0);
        sum[i][1] = Unit::multiplyAdd(sum[i][1], a, b1);
      }
      right += panelColumns;
    }
#pragma GCC unroll 16
    for (int64_t i = 0; i < Rows; i++) {
#pragma GCC unroll 2
      for (int64_t j = 0; j < 2; j++) {
        const int64_t column = part + j * W;
        const float leftScale = leftScales ? leftScales[i] : 1.0f;
        const V x = Unit::finish(sum[i][j], panel, column, leftScale) + load(panel.bias + column);
        if (column + W <= panel.columns) store(out + i * stride + column, x);
        else storePart(out + i * stride + column, x, panel.columns - column);
      }
    }
  }
}

template <class Unit, int64_t Rows>
INLINE void panelRest(float* out, int64_t stride, const uint32_t* left, const float* leftScales, int64_t rows,
                      const LayerPanel& panel) {
  if constexpr (Rows > 0) {
    if (rows == Rows) panelRows<Unit, Rows>(out, stride, left, leftScales, panel);
    else panelRest<Unit, Rows - 1>(out, stride, left, leftScales, rows, panel);
  }
}

template <class Unit, int64_t Most>
void panelProduct(float* out, int64_t stride, const uint32_t* left, const float* leftScales, int64_t rows,
                  const LayerPanel& panel) {
  for (; rows >= Most; rows -= Most) {
    panelRows<Unit, Most>(out, stride, left, leftScales, panel);
    out += Most * stride;
    left += Most * panel.units;
    if (leftScales) leftScales += Most;
  }
  panelRest<Unit, Most - 1>(out, stride, left, leftScales, rows, panel);
}

KERNELS_END
