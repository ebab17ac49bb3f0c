// Functions of each element over contiguous ranges. `out` may be an input itself.
#pragma once

#include "exponential.h"
#include "kernels.h"

KERNELS_BEGIN

template <class F>
INLINE void mapRange(float* out, const float* x, int64_t n, F f) {
  int64_t i = 0;
  for (; i + W <= n; i += W) store(out + i, f(load(x + i)));
  if (i < n) storePart(out + i, f(loadPart(x + i, n - i)), n - i);
}

[[maybe_unused]] void unary(float* out, Unary op, const float* x, int64_t n) {
  switch (op) {
    case Unary::identity:
      if (out != x) memmove(out, x, sizeof(float) * n);
      return;
    case Unary::negate: return mapRange(out, x, n, [](V a) { return -a; });
    case Unary::abs: return mapRange(out, x, n, [](V a) { return absolute(a); });
    case Unary::square: return mapRange(out, x, n, [](V a) { return a * a; });
    case Unary::sqrt: return mapRange(out, x, n, [](V a) { return squareRoot(a); });
    case Unary::rsqrt: return mapRange(out, x, n, [](V a) { return 1.0f / squareRoot(a); });
    case Unary::reciprocal: return mapRange(out, x, n, [](V a) { return 1.0f / a; });
    case Unary::exp: return mapRange(out, x, n, [](V a) { return exponential(a); });
    case Unary::expm1: return mapRange(out, x, n, [](V a) { return exponentialMinus1(a); });
    case Unary::log: return mapRange(out, x, n, [](V a) { return logarithm(a); });
    case Unary::log1p: return mapRange(out, x, n, [](V a) { return logarithm1p(a); });
    case Unary::tanh: return mapRange(out, x, n, [](V a) { return hyperbolicTangent(a); });
    case Unary::sigmoid: return mapRange(out, x, n, [](V a) { return logistic(a); });
    case Unary::softplus: return mapRange(out, x, n, [](V a) { return softPlus(a); });
    case Unary::relu: return mapRange(out, x, n, [](V a) { return select(a <= 0.0f, V{}, a); });
    case Unary::relu6:
      return mapRange(out, x, n,
                      [](V a) { return select(a > 6.0f, splat(6.0f), select(a <= 0.0f, V{}, a)); });
    case Unary::elu:
      return mapRange(out, x, n, [](V a) { return select(a < 0.0f, exponentialMinus1(a), a); });
    case Unary::step:
      return mapRange(out, x, n, [](V a) { return select(a != a, a, select(a > 0.0f, splat(1.0f), V{})); });
    case Unary::sign:
      return mapRange(out, x, n, [](V a) {
        const V one = withSign(splat(1.0f), a);
        return select((a > 0.0f) | (a < 0.0f), one, a);
      });
    case Unary::count: return;
  }
}

template <class F>
INLINE void zipRange(float* out, const float* a, int64_t aStep, const float* b, int64_t bStep, int64_t n,
                     F f) {
  int64_t i = 0;
  if (aStep && bStep) {
    for (; i + W <= n; i += W) store(out + i, f(load(a + i), load(b + i)));
    if (i < n) storePart(out + i, f(loadPart(a + i, n - i), loadPart(b + i, n - i)), n - i);
  } else if (aStep) {
    const V y = splat(*b);
    for (; i + W <= n; i += W) store(out + i, f(load(a + i), y));
    if (i < n) storePart(out + i, f(loadPart(a + i, n - i), y), n - i);
  } else {
    const V x = splat(*a);
    if (!bStep) {
      const V y = f(x, splat(*b));
      for (; i + W <= n; i += W) store(out + i, y);
      if (i < n) storePart(out + i, y, n - i);
      return;
    }
    for (; i + W <= n; i += W) store(out + i, f(x, load(b + i)));
    if (i < n) storePart(out + i, f(x, loadPart(b + i, n - i)), n - i);
  }
}

[[maybe_unused]] void binary(float* out, Binary op, const float* a, int64_t s, const float* b, int64_t t,
                             int64_t n) {
  switch (op) {
    case Binary::add: return zipRange(out, a, s, b, t, n, [](V x, V y) { return x + y; });
    case Binary::subtract: return zipRange(out, a, s, b, t, n, [](V x, V y) { return x - y; });
    case Binary::multiply: return zipRange(out, a, s, b, t, n, [](V x, V y) { return x * y; });
    case Binary::divide: return zipRange(out, a, s, b, t, n, [](V x, V y) { return x / y; });
    case Binary::maximum: return zipRange(out, a, s, b, t, n, [](V x, V y) { return largerOrNan(x, y); });
    case Binary::minimum: return zipRange(out, a, s, b, t, n, [](V x, V y) { return smallerOrNan(x, y); });
    case Binary::squaredDifference:
      return zipRange(out, a, s, b, t, n, [](V x, V y) { return (x - y) * (x - y); });
    // a is the incoming gradient, b the value of the function.
    case Binary::tanhGradient:
      return zipRange(out, a, s, b, t, n, [](V dy, V y) { return dy * (1.0f - y * y); });
    case Binary::sigmoidGradient:
      return zipRange(out, a, s, b, t, n, [](V dy, V y) { return dy * (y * (1.0f - y)); });
    case Binary::reluGradient:
      return zipRange(out, a, s, b, t, n,
                      [](V dy, V y) { return dy * select(y != y, y, select(y > 0.0f, splat(1.0f), V{})); });
    case Binary::eluGradient:
      return zipRange(out, a, s, b, t, n, [](V dy, V y) { return select(y >= 0.0f, dy, dy * (y + 1.0f)); });
    case Binary::count: return;
  }
}

[[maybe_unused]] void fill(float* out, float value, int64_t n) {
  const V x = splat(value);
  int64_t i = 0;
  for (; i + W <= n; i += W) store(out + i, x);
  if (i < n) storePart(out + i, x, n - i);
}

KERNELS_END
