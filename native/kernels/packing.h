// Copies a block of a matrix into panels, in the order in which the tile of the product reads them.
#pragma once

#include "vector.h"

KERNELS_BEGIN

/** The nearest bf16, ties to even, in the low half; a NaN stays one. */
INLINE uint32_t roundedBf16(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  if (x != x) return (u >> 16) | 0x40u;
  return (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
}

INLINE U roundedBf16(V x) {
  const U u = bits(x);
  const U rounded = u + 0x7fffu + ((u >> 16) & 1u);
  return bits(select(x != x, fromBits(u | 0x400000u), fromBits(rounded))) >> 16;
}

typedef uint32_t U4 __attribute__((vector_size(16)));

#if defined(__AVX512BF16__) && defined(__AVX512VL__)

/** Four units from the even and the odd step of four lanes. */
INLINE V4 pairOf(V4 even, V4 odd) {
  const __m128i low = reinterpret_cast<__m128i>(_mm_cvtneps_pbh(reinterpret_cast<__m128>(even)));
  const __m128i high = reinterpret_cast<__m128i>(_mm_cvtneps_pbh(reinterpret_cast<__m128>(odd)));
  return reinterpret_cast<V4>(_mm_unpacklo_epi16(low, high));
}

/** Four units from eight steps of one lane. */
INLINE V4 unitsOf(const float* steps) {
  return reinterpret_cast<V4>(_mm256_cvtneps_pbh(_mm256_loadu_ps(steps)));
}

#else

INLINE V4 pairOf(V4 even, V4 odd) {
  typedef int32_t J4 __attribute__((vector_size(16)));
  const auto round = [](V4 x) {
    const U4 u = reinterpret_cast<U4>(x);
    const U4 nan = reinterpret_cast<U4>(static_cast<J4>(x != x));
    const U4 rounded = u + 0x7fffu + ((u >> 16) & 1u);
    return (nan & (u | 0x400000u)) | (~nan & rounded);
  };
  return reinterpret_cast<V4>((round(even) >> 16) | (round(odd) & 0xffff0000u));
}

INLINE V4 unitsOf(const float* steps) {
  const V4 low = load4(steps), high = load4(steps + 4);
  return pairOf(SHUFFLE4(low, high, 0, 2, 4, 6), SHUFFLE4(low, high, 1, 3, 5, 7));
}

#endif

INLINE float unitOf(float even, float odd) {
  const uint32_t u = roundedBf16(even) | (roundedBf16(odd) << 16);
  float unit;
  memcpy(&unit, &u, 4);
  return unit;
}

/** A panel of any width, element by element: for the last panel of a block, which may be narrower. */
template <int64_t Width, int64_t Depth>
void packEdge(float* packed, const float* source, int64_t laneStride, int64_t stepStride, int64_t width,
              int64_t steps) {
  for (int64_t step = 0; step < steps; step += Depth) {
    for (int64_t lane = 0; lane < Width; lane++) {
      const float* at = source + lane * laneStride + step * stepStride;
      if constexpr (Depth == 1) {
        *packed++ = lane < width ? *at : 0.0f;
      } else {
        const bool hasOdd = step + 1 < steps;
        const float even = lane < width ? at[0] : 0.0f;
        const float odd = lane < width && hasOdd ? at[stepStride] : 0.0f;
        const float unit = unitOf(even, odd);
        memcpy(packed++, &unit, 4);
      }
    }
  }
}

/** Lanes side by side, four at a time. If four do not divide the width, the last four overlap those before.
 *  All panels advance together, so the source is read in long runs. */
template <int64_t Width, int64_t Depth>
void packLanes(float* packed, const float* source, int64_t stride, int64_t width, int64_t steps) {
  static_assert(Width >= 4, "a panel has four lanes at least");
  const int64_t whole = width / Width;
  const int64_t units = (steps + Depth - 1) / Depth;
  const int64_t evenSteps = steps / Depth * Depth;
  for (int64_t step = 0; step < evenSteps; step += Depth) {
    const float* from = source + step * stride;
    float* to = packed + step / Depth * Width;
    // Rows are too far apart for the processor to prefetch the next one itself.
    if (step + 8 + Depth <= steps) {
      for (int64_t row = 8; row < 8 + Depth; row++) {
        for (int64_t lane = 0; lane < width; lane += 16) __builtin_prefetch(from + row * stride + lane);
      }
    }
    for (int64_t panel = 0; panel < whole; panel++) {
      for (int64_t group = 0; group < Width; group += 4) {
        const int64_t lane = group + 4 <= Width ? group : Width - 4;
        V4 unit = load4(from + lane);
        if constexpr (Depth == 2) unit = pairOf(unit, load4(from + stride + lane));
        store4(to + lane, unit);
      }
      from += Width;
      to += units * Width;
    }
  }
  if (evenSteps < steps) {
    for (int64_t panel = 0; panel < whole; panel++) {
      packEdge<Width, Depth>(packed + (panel * units + units - 1) * Width,
                             source + evenSteps * stride + panel * Width, 1, stride, Width, 1);
    }
  }
  if (whole * Width < width) {
    packEdge<Width, Depth>(packed + whole * units * Width, source + whole * Width, 1, stride,
                           width - whole * Width, steps);
  }
}

template <int64_t Depth>
INLINE V4 fourUnits(const float* steps) {
  if constexpr (Depth == 1) return load4(steps);
  else return unitsOf(steps);
}

/** Steps side by side: four lanes by four units are transposed at a time. */
template <int64_t Width, int64_t Depth>
void packSteps(float* packed, const float* source, int64_t stride, int64_t width, int64_t steps) {
  static_assert(Width >= 4, "a panel has four lanes at least");
  const int64_t whole = width / Width;
  const int64_t units = (steps + Depth - 1) / Depth;
  constexpr int64_t Steps = 4 * Depth;
  const int64_t evenSteps = steps / Steps * Steps;
  for (int64_t panel = 0; panel < whole; panel++) {
    const float* from = source + panel * Width * stride;
    float* to = packed + panel * units * Width;
    for (int64_t step = 0; step < evenSteps; step += Steps) {
      for (int64_t group = 0; group < Width; group += 4) {
        const int64_t lane = group + 4 <= Width ? group : Width - 4;
        const float* at = from + lane * stride + step;
        V4 a = fourUnits<Depth>(at);
        V4 b = fourUnits<Depth>(at + stride);
        V4 c = fourUnits<Depth>(at + 2 * stride);
        V4 d = fourUnits<Depth>(at + 3 * stride);
        transpose4(a, b, c, d);
        float* unit = to + step / Depth * Width + lane;
        store4(unit, a);
        store4(unit + Width, b);
        store4(unit + 2 * Width, c);
        store4(unit + 3 * Width, d);
      }
    }
    packEdge<Width, Depth>(to + evenSteps / Depth * Width, from + evenSteps, stride, 1, Width,
                           steps - evenSteps);
  }
  if (whole * Width < width) {
    packEdge<Width, Depth>(packed + whole * units * Width, source + whole * Width * stride, stride, 1,
                           width - whole * Width, steps);
  }
}

KERNELS_END
