// Moves values: axes, slices, copies, rows.
#include <algorithm>
#include <cstring>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"

namespace multvae {

namespace {

/** Rows and columns of a task of a transpose: a block of each matrix fits the first-level cache. */
constexpr int64_t blockSide = 64;

void transposeMatrices(float* out, const float* x, int64_t count, int64_t rows, int64_t columns) {
  const int64_t down = (rows + blockSide - 1) / blockSide;
  const int64_t across = (columns + blockSide - 1) / blockSide;
  Pool::shared().ranges(count * down * across, 8, [=](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; task++) {
      const int64_t matrix = task / (down * across) * rows * columns;
      const int64_t r = task / across % down * blockSide;
      const int64_t c = task % across * blockSide;
      kernels().transpose(out + matrix + c * rows + r, rows, x + matrix + r * columns + c, columns,
                          std::min(blockSide, rows - r), std::min(blockSide, columns - c));
    }
  });
}

}  // namespace

void permute(float* out, const float* x, const Shape& shape, const int permutation[maxRank]) {
  if (shape.elements() == 0) return;
  const auto is = [&](int a, int b, int c, int d) {
    return permutation[0] == a && permutation[1] == b && permutation[2] == c && permutation[3] == d;
  };
  const int64_t* s = shape.size;
  if (is(0, 1, 3, 2)) return transposeMatrices(out, x, s[0] * s[1], s[2], s[3]);
  if (is(0, 3, 1, 2)) return transposeMatrices(out, x, s[0], s[1] * s[2], s[3]);
  if (is(0, 2, 3, 1)) return transposeMatrices(out, x, s[0], s[1], s[2] * s[3]);
  int64_t stride[maxRank], size[maxRank];
  for (int axis = 0; axis < maxRank; axis++) {
    size[axis] = s[permutation[axis]];
    stride[axis] = 1;
    for (int inner = permutation[axis] + 1; inner < maxRank; inner++) stride[axis] *= s[inner];
  }
  Pool::shared().ranges(size[0] * size[1] * size[2], rowsPerTask(size[3]), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const float* from = x + row / size[2] / size[1] * stride[0] + row / size[2] % size[1] * stride[1] +
                          row % size[2] * stride[2];
      float* to = out + row * size[3];
      if (stride[3] == 1) {
        std::memcpy(to, from, sizeof(float) * static_cast<size_t>(size[3]));
      } else {
        for (int64_t i = 0; i < size[3]; i++) to[i] = from[i * stride[3]];
      }
    }
  });
}

void slice(float* out, const float* x, const Shape& shape, const Shape& begin, const Shape& size) {
  if (size.elements() == 0) return;
  const int64_t* s = shape.size;
  Pool::shared().ranges(size.size[0] * size.size[1] * size.size[2], rowsPerTask(size.size[3]),
                        [&](int64_t first, int64_t last) {
                          for (int64_t row = first; row < last; row++) {
                            const int64_t i0 = begin.size[0] + row / size.size[2] / size.size[1];
                            const int64_t i1 = begin.size[1] + row / size.size[2] % size.size[1];
                            const int64_t i2 = begin.size[2] + row % size.size[2];
                            std::memcpy(out + row * size.size[3],
                                        x + ((i0 * s[1] + i1) * s[2] + i2) * s[3] + begin.size[3],
                                        sizeof(float) * static_cast<size_t>(size.size[3]));
                          }
                        });
}

void copyRows(float* out, int64_t outStride, const float* x, int64_t stride, int64_t rows, int64_t width) {
  if (width == 0) return;
  const auto copy = [=](int64_t row, int64_t begin, int64_t end) {
    std::memcpy(out + row * outStride + begin, x + row * stride + begin,
                sizeof(float) * static_cast<size_t>(end - begin));
  };
  if (rows == 1) {
    return Pool::shared().ranges(width, int64_t{1} << 17,
                                 [=](int64_t begin, int64_t end) { copy(0, begin, end); });
  }
  Pool::shared().ranges(rows, rowsPerTask(width), [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) copy(row, 0, width);
  });
}

}  // namespace multvae
