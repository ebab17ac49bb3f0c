// Standard normals, bit for bit those of RandomStream in src/random.ts. It uses the same generator and the same
// method in double precision, with the logarithm of V8. The compiler must not contract a·b + c into one
// rounding here, because that would change the bits.
#include <cmath>
#include <cstring>

#include "../threads/pool.h"
#include "operations.h"

namespace multvae {

namespace {

constexpr int64_t pairsPerTask = 1 << 12;

/** xoshiro128**. */
struct Generator {
  uint32_t s0, s1, s2, s3;

  static uint32_t rotated(uint32_t x, int by) { return (x << by) | (x >> (32 - by)); }

  uint32_t next() {
    const uint32_t result = rotated(s1 * 5, 7) * 9;
    const uint32_t c = s2 ^ s0, d = s3 ^ s1;
    s2 = c ^ (s1 << 9);
    s1 ^= c;
    s0 ^= d;
    s3 = rotated(d, 11);
    return result;
  }
};

/** 32 bits as a double in [-1, 1), exact. */
double centred(uint32_t bits) { return bits * (1.0 / 2147483648.0) - 1.0; }

/**
 * log x of a normal number 0 < x < infinity, as V8 computes it (base/ieee754.cc, from FreeBSD's e_log.c).
 *
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun
 * Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is freely
 * granted, provided that this notice is preserved.
 */
double logarithm(double x) {
  constexpr double ln2High = 6.93147180369123816490e-01, ln2Low = 1.90821492927058770002e-10;
  constexpr double lg1 = 6.666666666666735130e-01, lg2 = 3.999999999940941908e-01,
                   lg3 = 2.857142874366239149e-01, lg4 = 2.222219843214978396e-01,
                   lg5 = 1.818357216161805012e-01, lg6 = 1.531383769920937332e-01,
                   lg7 = 1.479819860511658591e-01;
  uint64_t word;
  std::memcpy(&word, &x, 8);
  int32_t high = static_cast<int32_t>(word >> 32);
  int32_t k = (high >> 20) - 1023;
  high &= 0x000fffff;
  const int32_t half = (high + 0x95f64) & 0x100000;
  // x or x / 2 in [sqrt(2)/2, sqrt(2)).
  word = (word & 0xffffffff) | static_cast<uint64_t>(static_cast<uint32_t>(high | (half ^ 0x3ff00000))) << 32;
  std::memcpy(&x, &word, 8);
  k += half >> 20;
  const double dk = k, f = x - 1.0;
  if ((0x000fffff & (2 + high)) < 3) {  // |f| < 2^-20
    if (f == 0) return k == 0 ? 0 : dk * ln2High + dk * ln2Low;
    const double r = f * f * (0.5 - 0.33333333333333333 * f);
    return k == 0 ? f - r : dk * ln2High - ((r - dk * ln2Low) - f);
  }
  const double s = f / (2.0 + f), z = s * s, w = z * z;
  const double even = w * (lg2 + w * (lg4 + w * lg6));
  const double odd = z * (lg1 + w * (lg3 + w * (lg5 + w * lg7)));
  const double r = odd + even;
  if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
    const double square = 0.5 * f * f;
    if (k == 0) return f - (square - s * (square + r));
    return dk * ln2High - ((square - (s * (square + r) + dk * ln2Low)) - f);
  }
  if (k == 0) return f - s * (f - r);
  return dk * ln2High - ((s * (f - r) - dk * ln2Low) - f);
}

}  // namespace

void normals(float* out, int64_t pairs, uint32_t state[4]) {
  // First the generator runs, one draw after the other, and keeps the raw bits of the pairs in the unit circle.
  Generator generator{state[0], state[1], state[2], state[3]};
  for (int64_t kept = 0; kept < pairs;) {
    const uint32_t bits[2] = {generator.next(), generator.next()};
    const double u = centred(bits[0]), v = centred(bits[1]), square = u * u + v * v;
    std::memcpy(out + 2 * kept, bits, sizeof bits);
    // Without a branch, because one pair in five would be mispredicted.
    kept += static_cast<int64_t>(square < 1) & static_cast<int64_t>(square != 0);
  }
  state[0] = generator.s0;
  state[1] = generator.s1;
  state[2] = generator.s2;
  state[3] = generator.s3;
  Pool::shared().ranges(pairs, pairsPerTask, [=](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; k++) {
      uint32_t bits[2];
      std::memcpy(bits, out + 2 * k, sizeof bits);
      const double u = centred(bits[0]), v = centred(bits[1]), square = u * u + v * v;
      const double scale = std::sqrt(-2 * logarithm(square) / square);
      out[2 * k] = static_cast<float>(u * scale);
      out[2 * k + 1] = static_cast<float>(v * scale);
    }
  });
}

}  // namespace multvae
