// Sums and maxima. Sums use single precision inside short blocks and double precision across them, so a row of
// any length keeps its digits. The order of additions depends only on the length.
#pragma once

#include "kernels.h"
#include "vector.h"

KERNELS_BEGIN

constexpr int64_t sumBlock = 16 * 4 * W;

/** Σ f(x[i]), i < n: four vectors side by side in a block. */
template <class F>
INLINE double blockedSum(int64_t n, F at) {
  double total = 0;
  for (int64_t start = 0; start < n; start += sumBlock) {
    const int64_t end = start + sumBlock < n ? start + sumBlock : n;
    V sum[4] = {};
    int64_t i = start;
    for (; i + 4 * W <= end; i += 4 * W) {
      for (int64_t j = 0; j < 4; j++) sum[j] += at(i + j * W, W);
    }
    for (; i + W <= end; i += W) sum[0] += at(i, W);
    if (i < end) sum[1] += at(i, end - i);
    total += sumLanes((sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
  return total;
}

INLINE V loadUpTo(const float* p, int64_t n) { return n == W ? load(p) : loadPart(p, n); }

/** The largest of n >= 1 values; NaN if one is. */
INLINE float largestOf(const float* x, int64_t n) {
  V largest = splat(x[0]);
  I nan = {};
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    const V a = load(x + i);
    nan |= a != a;
    largest = select(a > largest, a, largest);
  }
  float result = anyLane(nan) ? __builtin_nanf("") : largestLane(largest);
  for (; i < n; i++) result = x[i] > result || x[i] != x[i] ? x[i] : result;
  return x[0] != x[0] ? x[0] : result;
}

[[maybe_unused]] float reduceRow(Reduction op, const float* x, int64_t n) {
  if (op == Reduction::max) return n == 0 ? -__builtin_inff() : largestOf(x, n);
  const double sum = blockedSum(n, [x](int64_t i, int64_t count) { return loadUpTo(x + i, count); });
  return static_cast<float>(op == Reduction::mean ? sum / static_cast<double>(n) : sum);
}

/** The number of rows that are summed in single precision. */
constexpr int64_t rowBlock = 64;

/** Calls f(r, row) for the rows in blocks and adds each block's f32 sums into doubles. */
template <int64_t Lanes, class F>
INLINE void sumRows(double* total, int64_t rows, F at) {
  for (int64_t c = 0; c < Lanes; c++) total[c] = 0;
  for (int64_t start = 0; start < rows; start += rowBlock) {
    const int64_t end = start + rowBlock < rows ? start + rowBlock : rows;
    V sum[Lanes / W] = {};
    for (int64_t r = start; r < end; r++) {
      for (int64_t j = 0; j < Lanes / W; j++) sum[j] += at(r, j * W);
    }
    for (int64_t c = 0; c < Lanes; c++) total[c] += sum[c / W][c % W];
  }
}

/** sum[j] += the next Rows rows' values. */
template <int64_t Rows>
INLINE void addRows(float* sum, const float* x, int64_t stride, int64_t width) {
  int64_t j = 0;
  for (; j + W <= width; j += W) {
    V total = load(x + j);
    for (int64_t r = 1; r < Rows; r++) total += load(x + r * stride + j);
    store(sum + j, load(sum + j) + total);
  }
  for (; j < width; j++) {
    float total = x[j];
    for (int64_t r = 1; r < Rows; r++) total += x[r * stride + j];
    sum[j] += total;
  }
}

[[maybe_unused]] void reduceColumns(float* out, Reduction op, const float* x, int64_t rows, int64_t columns,
                                    int64_t stride) {
  if (op == Reduction::max) {
    for (int64_t c = 0; c < columns; c++) out[c] = -__builtin_inff();
    for (int64_t r = 0; r < rows; r++) {
      const float* row = x + r * stride;
      int64_t c = 0;
      for (; c + W <= columns; c += W) store(out + c, largerOrNan(load(out + c), load(row + c)));
      for (; c < columns; c++) out[c] = row[c] > out[c] || row[c] != row[c] ? row[c] : out[c];
    }
    return;
  }
  const double divisor = op == Reduction::mean ? static_cast<double>(rows) : 1.0;
  // Reads long stretches of each row, because rows are far apart and lie on different pages.
  constexpr int64_t stretch = 512;
  float sum[stretch];
  double total[stretch];
  for (int64_t c = 0; c < columns; c += stretch) {
    const int64_t width = columns - c < stretch ? columns - c : stretch;
    for (int64_t j = 0; j < width; j++) total[j] = 0;
    for (int64_t start = 0; start < rows; start += rowBlock) {
      const int64_t end = start + rowBlock < rows ? start + rowBlock : rows;
      for (int64_t j = 0; j < width; j++) sum[j] = 0;
      int64_t r = start;
      for (; r + 4 <= end; r += 4) addRows<4>(sum, x + r * stride + c, stride, width);
      for (; r < end; r++) addRows<1>(sum, x + r * stride + c, stride, width);
      for (int64_t j = 0; j < width; j++) total[j] += sum[j];
    }
    for (int64_t j = 0; j < width; j++) out[c + j] = static_cast<float>(total[j] / divisor);
  }
}

KERNELS_END
