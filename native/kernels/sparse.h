// Weighted sums of rows of a table: the sparse product and its gradient are made of them.
#pragma once

#include "vector.h"

KERNELS_BEGIN

[[maybe_unused]] void weightedRowSum(float* out, const float* table, int64_t width, const int32_t* picks,
                                     const float* values, const float* factors, int64_t count, float scale) {
  const auto weight = [=](int64_t k) {
    const float value = values ? values[k] : 1.0f;
    return factors ? value * factors[picks[k]] : value;
  };
  const auto row = [=](int64_t k) { return table + picks[k] * width; };
  int64_t k = 0;
  // Four rows a pass, which loads and stores the sums a quarter as often.
  const int64_t first = count < 4 ? count : 4;
  for (; k < count; k += 4) {
    const int64_t rows = k + 4 <= count ? 4 : count - k;
    const bool isFirst = k == 0;
    if (rows == 4) {
      const float a = weight(k), b = weight(k + 1), c = weight(k + 2), d = weight(k + 3);
      const float *p = row(k), *q = row(k + 1), *s = row(k + 2), *t = row(k + 3);
      for (int64_t next = k + 4; next < k + 8 && next < count; next++) __builtin_prefetch(row(next));
      int64_t i = 0;
      for (; i + W <= width; i += W) {
        V x = a * load(p + i) + b * load(q + i);
        x += c * load(s + i) + d * load(t + i);
        if (!isFirst) x += load(out + i);
        store(out + i, x);
      }
      for (; i < width; i++) {
        float x = a * p[i] + b * q[i];
        x += c * s[i] + d * t[i];
        out[i] = isFirst ? x : x + out[i];
      }
      continue;
    }
    for (int64_t j = k; j < k + rows; j++) {
      const float a = weight(j);
      const float* p = row(j);
      const bool replaces = j == 0;
      int64_t i = 0;
      for (; i + W <= width; i += W) {
        store(out + i, replaces ? a * load(p + i) : a * load(p + i) + load(out + i));
      }
      for (; i < width; i++) out[i] = replaces ? a * p[i] : a * p[i] + out[i];
    }
  }
  if (first == 0) {
    memset(out, 0, sizeof(float) * width);
  } else if (scale != 1.0f) {
    int64_t i = 0;
    for (; i + W <= width; i += W) store(out + i, load(out + i) * scale);
    for (; i < width; i++) out[i] *= scale;
  }
}

KERNELS_END
