// Functions of each element over whole arrays, broadcasting included.
#include <algorithm>
#include <cmath>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"

namespace multvae {

namespace {

/** Elements of a task: it should take much longer than fetching a task, but not keep other threads waiting. */
constexpr int64_t grain = 1 << 15;

/** The strides of `from` when it is broadcast to `to`: 0 where its size is 1. */
struct Strides {
  int64_t step[maxRank];

  Strides(const Shape& from, const Shape& to) {
    int64_t stride = 1;
    for (int axis = maxRank - 1; axis >= 0; axis--) {
      step[axis] = from.size[axis] == 1 && to.size[axis] != 1 ? 0 : stride;
      stride *= from.size[axis];
    }
  }
};

/** Merges axes that can be walked as one into the inner one of them. */
void mergeAxes(Shape& shape, Strides& a, Strides& b) {
  for (int axis = maxRank - 1; axis > 0; axis--) {
    for (;;) {
      const int64_t size = shape.size[axis];
      int outer = axis - 1;
      while (outer >= 0 && shape.size[outer] == 1) outer--;
      if (outer < 0) return;
      const bool isContinued =
          size == 1 || (a.step[outer] == a.step[axis] * size && b.step[outer] == b.step[axis] * size);
      if (!isContinued) break;
      if (size == 1) {
        a.step[axis] = a.step[outer];
        b.step[axis] = b.step[outer];
      }
      shape.size[axis] = size * shape.size[outer];
      shape.size[outer] = 1;
    }
  }
}

}  // namespace

int64_t rowsPerTask(int64_t rowElements) {
  return std::max<int64_t>(1, grain / std::max<int64_t>(1, rowElements));
}

void unary(float* out, Unary op, const float* x, int64_t n) {
  Pool::shared().ranges(n, grain, [=](int64_t begin, int64_t end) {
    kernels().unary(out + begin, op, x + begin, end - begin);
  });
}

void fill(float* out, float value, int64_t n) {
  Pool::shared().ranges(n, 4 * grain,
                        [=](int64_t begin, int64_t end) { kernels().fill(out + begin, value, end - begin); });
}

void adam(float* weight, float* m, float* v, const float* gradient, int64_t n, const AdamStep& step) {
  Pool::shared().ranges(n, grain, [=](int64_t begin, int64_t end) {
    kernels().adam(weight + begin, m + begin, v + begin, gradient + begin, end - begin, step);
  });
}

void adamRows(float* weight, float* m, float* v, const float* gradient, const int32_t* rows, int64_t count,
              int64_t width, const AdamStep& step) {
  Pool::shared().ranges(count, rowsPerTask(width), [=](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; k++) {
      const int64_t at = rows[k] * width;
      kernels().adam(weight + at, m + at, v + at, gradient + k * width, width, step);
    }
  });
}

void binary(float* out, const Shape& outShape, Binary op, const float* a, const Shape& aShape, const float* b,
            const Shape& bShape) {
  Shape shape = outShape;
  if (shape.elements() == 0) return;
  Strides as(aShape, shape);
  Strides bs(bShape, shape);
  mergeAxes(shape, as, bs);
  const int64_t width = shape.size[3];
  const int64_t rows = shape.elements() / width;
  const int64_t aStep = width == 1 ? 1 : as.step[3];
  const int64_t bStep = width == 1 ? 1 : bs.step[3];
  // A long row is cut into pieces; short rows share a task.
  const int64_t piece = std::min(width, grain);
  const int64_t pieces = (width + piece - 1) / piece;
  Pool::shared().ranges(rows * pieces, rowsPerTask(piece), [=](int64_t begin, int64_t end) {
    const Kernels& k = kernels();
    for (int64_t at = begin; at < end; at++) {
      const int64_t row = at / pieces;
      const int64_t column = at % pieces * piece;
      const int64_t i2 = row % shape.size[2];
      const int64_t i1 = row / shape.size[2] % shape.size[1];
      const int64_t i0 = row / shape.size[2] / shape.size[1];
      const auto place = [&](const Strides& s, int64_t step) {
        return i0 * s.step[0] + i1 * s.step[1] + i2 * s.step[2] + column * step;
      };
      k.binary(out + row * width + column, op, a + place(as, aStep), aStep, b + place(bs, bStep), bStep,
               std::min(piece, width - column));
    }
  });
}

}  // namespace multvae
