// A sample from N(mu, diag exp logvar), its divergence from N(0, I), and the gradients of both.
#pragma once

#include "exponential.h"
#include "reduction.h"

KERNELS_BEGIN

[[maybe_unused]] void sampleCode(float* out, const float* mu, const float* logvar, const float* noise,
                                 int64_t n) {
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    store(out + i, load(mu + i) + load(noise + i) * exponential(0.5f * load(logvar + i)));
  }
  const int64_t rest = n - i;
  if (rest == 0) return;
  const V sigma = exponential(0.5f * loadPart(logvar + i, rest));
  storePart(out + i, loadPart(mu + i, rest) + loadPart(noise + i, rest) * sigma, rest);
}

[[maybe_unused]] void sampleCodeGradient(float* out, const float* dy, const float* logvar, const float* noise,
                                         int64_t n) {
  const auto gradient = [](V d, V l, V e) { return d * e * (0.5f * exponential(0.5f * l)); };
  int64_t i = 0;
  for (; i + W <= n; i += W) store(out + i, gradient(load(dy + i), load(logvar + i), load(noise + i)));
  const int64_t rest = n - i;
  if (rest == 0) return;
  storePart(out + i, gradient(loadPart(dy + i, rest), loadPart(logvar + i, rest), loadPart(noise + i, rest)),
            rest);
}

/** exp(l) - 1 - l is at least 0; the comparison undoes rounding below that. NaN passes it. */
[[maybe_unused]] float divergence(const float* mu, const float* logvar, int64_t n) {
  const double sum = blockedSum(n, [=](int64_t i, int64_t count) {
    const V m = loadUpTo(mu + i, count), l = loadUpTo(logvar + i, count);
    const V excess = exponentialMinus1(l) - l;
    return select(excess < 0.0f, V{}, excess) + m * m;
  });
  return static_cast<float>(0.5 * sum);
}

[[maybe_unused]] void divergenceGradient(float* dMu, float* dLogvar, const float* mu, const float* logvar,
                                         float dy, int64_t n) {
  const float half = 0.5f * dy;
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    const V m = load(mu + i), l = load(logvar + i);
    store(dMu + i, dy * m);
    store(dLogvar + i, half * exponentialMinus1(l));
  }
  const int64_t rest = n - i;
  if (rest == 0) return;
  const V m = loadPart(mu + i, rest), l = loadPart(logvar + i, rest);
  storePart(dMu + i, dy * m, rest);
  storePart(dLogvar + i, half * exponentialMinus1(l), rest);
}

KERNELS_END
