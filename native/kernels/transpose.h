// The transpose of a block of a matrix.
#pragma once

#include "vector.h"

KERNELS_BEGIN

/** Transposes blocks of four by four in registers. */
[[maybe_unused]] void transpose(float* out, int64_t outStride, const float* x, int64_t stride, int64_t rows,
                                int64_t columns) {
  int64_t c = 0;
  for (; c + 4 <= columns; c += 4) {
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
      const float* at = x + r * stride + c;
      V4 a = load4(at);
      V4 b = load4(at + stride);
      V4 d = load4(at + 2 * stride);
      V4 e = load4(at + 3 * stride);
      transpose4(a, b, d, e);
      float* to = out + c * outStride + r;
      store4(to, a);
      store4(to + outStride, b);
      store4(to + 2 * outStride, d);
      store4(to + 3 * outStride, e);
    }
    for (; r < rows; r++) {
      for (int64_t j = c; j < c + 4; j++) out[j * outStride + r] = x[r * stride + j];
    }
  }
  for (; c < columns; c++) {
    for (int64_t r = 0; r < rows; r++) out[c * outStride + r] = x[r * stride + c];
  }
}

KERNELS_END
