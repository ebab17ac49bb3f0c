// Vectors of MULTVAE_WIDTH floats. They use the compiler's vector extension, so one source serves every
// instruction set. Every function is in an unnamed namespace inside that of its instruction set, so that no
// two instruction sets share compiled code.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define KERNELS_BEGIN       \
  namespace multvae {       \
  namespace MULTVAE_SPACE { \
  namespace {
#define KERNELS_END \
  }                 \
  }                 \
  }
#define INLINE inline __attribute__((always_inline, unused))

KERNELS_BEGIN

constexpr int64_t W = MULTVAE_WIDTH;

typedef float V __attribute__((vector_size(MULTVAE_WIDTH * 4)));
typedef int32_t I __attribute__((vector_size(MULTVAE_WIDTH * 4)));
typedef uint32_t U __attribute__((vector_size(MULTVAE_WIDTH * 4)));
typedef float Unaligned __attribute__((vector_size(MULTVAE_WIDTH * 4), aligned(4), may_alias));
typedef float V4 __attribute__((vector_size(16)));
typedef float Unaligned4 __attribute__((vector_size(16), aligned(4), may_alias));

INLINE V load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
INLINE void store(float* p, V x) { *reinterpret_cast<Unaligned*>(p) = x; }

// x - 0 is x for every x, -0 included, and compilers remove it.
INLINE V splat(float x) { return x - V{}; }
INLINE U splat(uint32_t x) { return x - U{}; }

/** The first n < W lanes, zeros after them. */
INLINE V loadPart(const float* p, int64_t n) {
  V x = {};
  for (int64_t i = 0; i < n; i++) x[i] = p[i];
  return x;
}

INLINE void storePart(float* p, V x, int64_t n) {
  for (int64_t i = 0; i < n; i++) p[i] = x[i];
}

INLINE U bits(V x) { return reinterpret_cast<U>(x); }
INLINE V fromBits(U x) { return reinterpret_cast<V>(x); }
INLINE I signedBits(U x) { return reinterpret_cast<I>(x); }
INLINE V select(I mask, V a, V b) { return mask ? a : b; }
INLINE V absolute(V x) { return fromBits(bits(x) & 0x7fffffffu); }
INLINE V withSign(V magnitude, V sign) {
  return fromBits((bits(magnitude) & 0x7fffffffu) | (bits(sign) & 0x80000000u));
}

/** As Math.max: NaN if either is. */
INLINE V largerOrNan(V a, V b) { return select((a > b) | (a != a), a, b); }
INLINE V smallerOrNan(V a, V b) { return select((a < b) | (a != a), a, b); }

INLINE V squareRoot(V x) {
#if defined(__x86_64__) && MULTVAE_WIDTH == 16 && defined(__AVX512F__)
  // With a mask, because GCC 12 warns about the source of the plain form.
  return reinterpret_cast<V>(_mm512_maskz_sqrt_ps(0xffff, reinterpret_cast<__m512>(x)));
#elif defined(__x86_64__) && MULTVAE_WIDTH == 8 && defined(__AVX__)
  return reinterpret_cast<V>(_mm256_sqrt_ps(reinterpret_cast<__m256>(x)));
#elif defined(__x86_64__) && MULTVAE_WIDTH == 4
  return reinterpret_cast<V>(_mm_sqrt_ps(reinterpret_cast<__m128>(x)));
#elif defined(__aarch64__) && MULTVAE_WIDTH == 4
  return reinterpret_cast<V>(vsqrtq_f32(reinterpret_cast<float32x4_t>(x)));
#else
  for (int64_t i = 0; i < W; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}

/** The sum of the lanes, halves added to halves. */
INLINE float sumLanes(V x) {
  float lane[W];
  store(lane, x);
  for (int64_t half = W / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; i++) lane[i] += lane[i + half];
  }
  return lane[0];
}

/** The largest lane. No lane may be NaN. */
INLINE float largestLane(V x) {
  float largest = x[0];
  for (int64_t i = 1; i < W; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

INLINE bool anyLane(I mask) {
#if defined(__x86_64__) && MULTVAE_WIDTH == 16 && defined(__AVX512F__)
  return _mm512_test_epi32_mask(reinterpret_cast<__m512i>(mask), reinterpret_cast<__m512i>(mask)) != 0;
#elif defined(__x86_64__) && MULTVAE_WIDTH == 8 && defined(__AVX__)
  return _mm256_movemask_ps(reinterpret_cast<__m256>(mask)) != 0;
#elif defined(__x86_64__) && MULTVAE_WIDTH == 4
  return _mm_movemask_ps(reinterpret_cast<__m128>(mask)) != 0;
#else
  int32_t any = 0;
  for (int64_t i = 0; i < W; i++) any |= mask[i];
  return any != 0;
#endif
}

#if defined(__clang__)
#define SHUFFLE4(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
typedef int32_t I4 __attribute__((vector_size(16)));
#define SHUFFLE4(a, b, i, j, k, l) __builtin_shuffle(a, b, (I4{i, j, k, l}))
#endif

/** Transposes four rows of four. */
INLINE void transpose4(V4& a, V4& b, V4& c, V4& d) {
  const V4 ab0 = SHUFFLE4(a, b, 0, 4, 1, 5);
  const V4 ab1 = SHUFFLE4(a, b, 2, 6, 3, 7);
  const V4 cd0 = SHUFFLE4(c, d, 0, 4, 1, 5);
  const V4 cd1 = SHUFFLE4(c, d, 2, 6, 3, 7);
  a = SHUFFLE4(ab0, cd0, 0, 1, 4, 5);
  b = SHUFFLE4(ab0, cd0, 2, 3, 6, 7);
  c = SHUFFLE4(ab1, cd1, 0, 1, 4, 5);
  d = SHUFFLE4(ab1, cd1, 2, 3, 6, 7);
}

INLINE V4 load4(const float* p) { return *reinterpret_cast<const Unaligned4*>(p); }
INLINE void store4(float* p, V4 x) { *reinterpret_cast<Unaligned4*>(p) = x; }

KERNELS_END
