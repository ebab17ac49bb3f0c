// exp, log and the functions made of them, a vector at a time. The polynomials are those of Moshier's Cephes
// library in single precision. Errors are at most 3 units in the last place; NaN, infinities, zeros and
// subnormals give the values of IEEE 754.
#pragma once

#include "vector.h"

KERNELS_BEGIN

/** exp(r) - 1 for |r| <= ln(2)/2. */
INLINE V expm1Reduced(V r) {
  V p = 1.9875691500e-4f * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return p * r * r + r;
}

/** exp(x) = 2^n · exp(r), r = x - n·ln 2. */
INLINE V exponential(V x) {
  // Beyond these bounds the result is infinite or zero anyway. NaN passes both comparisons.
  x = select(x > 89.0f, splat(89.0f), x);
  x = select(x < -104.0f, splat(-104.0f), x);
  // Adding 1.5·2^23 rounds to an integer and leaves it in the low bits.
  const float shifter = 12582912.0f;
  const V shifted = x * 1.44269504088896341f + shifter;
  const V n = shifted - shifter;
  V r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  const V y = expm1Reduced(r) + 1.0f;
  // 2^n in two factors, so that subnormal results are rounded once and 2^128 can be reached.
  const I exponent = signedBits(bits(shifted) - 0x4b400000u);
  const I half = exponent >> 1;
  const V first = fromBits((reinterpret_cast<U>(half) + 127u) << 23);
  const V second = fromBits((reinterpret_cast<U>(exponent) - reinterpret_cast<U>(half) + 127u) << 23);
  return y * first * second;
}

/** 2^n · (exp(r) - 1) + (2^n - 1): this form keeps its digits where 2^n is near 1. */
INLINE V exponentialMinus1(V x) {
  const float shifter = 12582912.0f;
  const V shifted = x * 1.44269504088896341f + shifter;
  const V n = shifted - shifter;
  V r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  const V power = fromBits((bits(shifted) - 0x4b400000u + 127u) << 23);
  const V near = power * expm1Reduced(r) + (power - 1.0f);
  return select(absolute(x) < 17.0f, near, exponential(x) - 1.0f);
}

/** log(x) = e·ln 2 + log(1 + f), x = 2^e·(1 + f). */
INLINE V logarithm(V x) {
  const I subnormal = x < 1.17549435e-38f;
  const V scaled = select(subnormal, x * 8388608.0f, x);
  I e = signedBits((bits(scaled) >> 23) & 0xffu) - 126;
  e = e - (subnormal & 23);
  V m = fromBits((bits(scaled) & 0x007fffffu) | 0x3f000000u);  // in [1/2, 1)
  const I low = m < 0.707106781186547524f;
  e = e + low;  // the mask is -1
  m = select(low, m + m, m) - 1.0f;
  const V z = m * m;
  V p = 7.0376836292e-2f * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const V ef = __builtin_convertvector(e, V);
  V y = p * m * z;
  y = y - ef * 2.12194440e-4f;
  y = y - 0.5f * z;
  V result = m + y;
  result = result + ef * 0.693359375f;
  const float infinity = __builtin_inff();
  result = select(x == infinity, x, result);
  result = select(x == 0.0f, splat(-infinity), result);
  result = select(x < 0.0f, splat(__builtin_nanf("")), result);
  return select(x != x, x, result);
}

/** log(1 + x) = log(u) · x / (u - 1) with u = 1 + x rounded: the quotient undoes the rounding. */
INLINE V logarithm1p(V x) {
  const V u = x + 1.0f;
  const V d = u - 1.0f;
  const V y = logarithm(u) * (x / d);
  const I exact = (d == 0.0f) | (x == __builtin_inff());
  return select(exact, x, y);
}

/** x + x³·P(x²) near 0, else 1 - 2 / (exp(2|x|) + 1) with the sign of x. */
INLINE V hyperbolicTangent(V x) {
  const V magnitude = absolute(x);
  const V z = x * x;
  V p = -5.70498872745e-3f * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const V near = p * z * x + x;
  const V far = 1.0f - 2.0f / (exponential(magnitude + magnitude) + 1.0f);
  return select(magnitude < 0.625f, near, withSign(far, x));
}

/** 1 / (1 + exp(-x)), computed from exp(-|x|): nothing overflows, and small results keep their digits. */
INLINE V logistic(V x) {
  const V e = exponential(-absolute(x));
  const V s = 1.0f / (e + 1.0f);
  return select(x < 0.0f, e * s, s);
}

/** log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)). */
INLINE V softPlus(V x) {
  const V tail = logarithm1p(exponential(-absolute(x)));
  return select(x < 0.0f, V{}, x) + tail;
}

KERNELS_END
