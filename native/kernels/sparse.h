// Weighted sums of rows: the sparse product and its gradient, and the elimination of symmetric equations.
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

/** Rows that are eliminated together, so that a row below them is read and written once for all. */
constexpr int64_t pivotRows = 4;

/** to[begin..end) -= Σ_p factors[p] · from[p * stride + begin..end) */
template <int64_t Rows>
INLINE void subtractRows(float* to, const float* from, int64_t stride, const float* factors, int64_t begin,
                         int64_t end) {
  int64_t j = begin;
  for (; j + W <= end; j += W) {
    V x = load(to + j);
    for (int64_t p = 0; p < Rows; p++) x -= splat(factors[p]) * load(from + p * stride + j);
    store(to + j, x);
  }
  for (; j < end; j++) {
    float x = to[j];
    for (int64_t p = 0; p < Rows; p++) x -= factors[p] * from[p * stride + j];
    to[j] = x;
  }
}

[[maybe_unused]] bool solve(float* a, float* x, int64_t n) {
  const int64_t stride = n + 1;
  for (int64_t k = 0; k < n; k += pivotRows) {
    const int64_t rows = n - k < pivotRows ? n - k : pivotRows;
    const float* pivots = a + k * stride;
    float inverse[pivotRows];
    for (int64_t p = 0; p < rows; p++) {
      float* row = a + (k + p) * stride;
      for (int64_t q = 0; q < p; q++) {
        const float factor = pivots[q * stride + k + p] * inverse[q];
        subtractRows<1>(row, pivots + q * stride, stride, &factor, k + p, stride);
      }
      if (!(row[k + p] > 0)) return false;
      inverse[p] = 1 / row[k + p];
    }
    for (int64_t i = k + rows; i < n; i++) {
      float factors[pivotRows];
      for (int64_t p = 0; p < rows; p++) factors[p] = pivots[p * stride + i] * inverse[p];
      if (rows == pivotRows) {
        subtractRows<pivotRows>(a + i * stride, pivots, stride, factors, i, stride);
      } else {
        for (int64_t p = 0; p < rows; p++) {
          subtractRows<1>(a + i * stride, pivots + p * stride, stride, factors + p, i, stride);
        }
      }
    }
  }
  for (int64_t i = n - 1; i >= 0; i--) {
    const float* row = a + i * stride;
    double sum = row[n];
    for (int64_t j = i + 1; j < n; j++) sum -= static_cast<double>(row[j]) * x[j];
    x[i] = static_cast<float>(sum / row[i]);
  }
  return true;
}

KERNELS_END
