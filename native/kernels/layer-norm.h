// y = gain · (x - mean) / sqrt(variance + epsilon) + bias of a row, and its gradients.
#pragma once

#include "reduction.h"

KERNELS_BEGIN

[[maybe_unused]] void layerNorm(float* out, float* mean, float* inverseSpread, const float* x,
                                const float* gain, const float* bias, float epsilon, int64_t n) {
  const double count = static_cast<double>(n);
  const double mu = blockedSum(n, [=](int64_t i, int64_t c) { return loadUpTo(x + i, c); }) / count;
  const float center = static_cast<float>(mu);
  // The mean is rounded, so the variance is corrected by the square of the rounding error.
  double squares = blockedSum(n, [=](int64_t i, int64_t c) {
    V d = loadUpTo(x + i, c) - center;
    for (int64_t j = c; j < W; j++) d[j] = 0;
    return d * d;
  });
  squares = squares / count - (mu - center) * (mu - center);
  const float inverse = static_cast<float>(1.0 / __builtin_sqrt(squares + epsilon));
  *mean = center;
  *inverseSpread = inverse;
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    store(out + i, (load(x + i) - center) * inverse * load(gain + i) + load(bias + i));
  }
  for (; i < n; i++) out[i] = (x[i] - center) * inverse * gain[i] + bias[i];
}

/** dx = (g - mean(g) - xhat · mean(g · xhat)) / spread with g = dy · gain. */
[[maybe_unused]] void layerNormInputGradient(float* dx, const float* dy, const float* x, const float* gain,
                                             float mean, float inverseSpread, int64_t n) {
  const double count = static_cast<double>(n);
  const double sumG =
      blockedSum(n, [=](int64_t i, int64_t c) { return loadUpTo(dy + i, c) * loadUpTo(gain + i, c); });
  const double sumGx = blockedSum(n, [=](int64_t i, int64_t c) {
    return loadUpTo(dy + i, c) * loadUpTo(gain + i, c) * ((loadUpTo(x + i, c) - mean) * inverseSpread);
  });
  const float meanG = static_cast<float>(sumG / count);
  const float meanGx = static_cast<float>(sumGx / count);
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    const V normal = (load(x + i) - mean) * inverseSpread;
    const V g = load(dy + i) * load(gain + i);
    store(dx + i, (g - meanG - normal * meanGx) * inverseSpread);
  }
  for (; i < n; i++) {
    const float normal = (x[i] - mean) * inverseSpread;
    dx[i] = (dy[i] * gain[i] - meanG - normal * meanGx) * inverseSpread;
  }
}

[[maybe_unused]] void layerNormParameterGradient(float* dGain, float* dBias, const float* dy, const float* x,
                                                 const float* mean, const float* inverseSpread, int64_t rows,
                                                 int64_t columns, int64_t begin, int64_t end) {
  double total[W];
  for (int64_t c = begin; c < end; c += W) {
    const int64_t width = end - c < W ? end - c : W;
    sumRows<W>(total, rows, [=](int64_t r, int64_t) { return loadUpTo(dy + r * columns + c, width); });
    for (int64_t j = 0; j < width; j++) dBias[c + j] = static_cast<float>(total[j]);
    sumRows<W>(total, rows, [=](int64_t r, int64_t) {
      const V normal = (loadUpTo(x + r * columns + c, width) - mean[r]) * inverseSpread[r];
      return loadUpTo(dy + r * columns + c, width) * normal;
    });
    for (int64_t j = 0; j < width; j++) dGain[c + j] = static_cast<float>(total[j]);
  }
}

KERNELS_END
