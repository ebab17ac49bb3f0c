// The parts that softmax, log-softmax and the multinomial likelihood share.
#pragma once

#include "exponential.h"
#include "reduction.h"

KERNELS_BEGIN

[[maybe_unused]] void logSumParts(float* largest, float* sum, const float* x, int64_t n) {
  if (n == 0) {
    *largest = -__builtin_inff();
    *sum = 0;
    return;
  }
  const float top = largestOf(x, n);
  const double total = blockedSum(n, [=](int64_t i, int64_t count) {
    const V e = exponential(loadUpTo(x + i, count) - top);
    if (count == W) return e;
    V some = {};
    for (int64_t j = 0; j < count; j++) some[j] = e[j];
    return some;
  });
  *largest = top;
  *sum = static_cast<float>(total);
}

[[maybe_unused]] void expScaled(float* out, const float* x, float shift, float factor, int64_t n) {
  int64_t i = 0;
  for (; i + W <= n; i += W) store(out + i, exponential(load(x + i) - shift) * factor);
  if (i < n) storePart(out + i, exponential(loadPart(x + i, n - i) - shift) * factor, n - i);
}

KERNELS_END
