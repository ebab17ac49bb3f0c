// Reductions, softmax, the multinomial likelihood and layer normalisation over whole matrices.
#include <algorithm>
#include <cmath>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"
#include "scratch.h"

namespace multvae {

namespace {

/** Columns of a task. A reduction over rows is never cut, so its order does not depend on the threads. */
constexpr int64_t columnGrain = 512;

}  // namespace

void reduce(float* out, Reduction op, const float* x, int64_t outer, int64_t n, int64_t inner) {
  if (inner == 1) {
    return Pool::shared().ranges(outer, rowsPerTask(n), [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; r++) out[r] = kernels().reduceRow(op, x + r * n, n);
    });
  }
  const int64_t chunks = (inner + columnGrain - 1) / columnGrain;
  Pool::shared().run(outer * chunks, [=](int64_t task) {
    const int64_t o = task / chunks;
    const int64_t c = task % chunks * columnGrain;
    kernels().reduceColumns(out + o * inner + c, op, x + o * n * inner + c, n,
                            std::min(columnGrain, inner - c), inner);
  });
}

void softmax(float* out, const float* x, int64_t rows, int64_t columns) {
  Pool::shared().ranges(rows, rowsPerTask(columns), [=](int64_t begin, int64_t end) {
    const Kernels& k = kernels();
    for (int64_t r = begin; r < end; r++) {
      float largest, sum;
      k.logSumParts(&largest, &sum, x + r * columns, columns);
      k.expScaled(out + r * columns, x + r * columns, largest, 1.0f / sum, columns);
    }
  });
}

void logSoftmax(float* out, const float* x, int64_t rows, int64_t columns) {
  Pool::shared().ranges(rows, rowsPerTask(columns), [=](int64_t begin, int64_t end) {
    const Kernels& k = kernels();
    for (int64_t r = begin; r < end; r++) {
      float largest, sum;
      k.logSumParts(&largest, &sum, x + r * columns, columns);
      const float logSum = std::log(sum);
      float* row = out + r * columns;
      // Two subtractions, because largest + log(sum) would lose digits of the smaller one.
      k.binary(row, Binary::subtract, x + r * columns, 1, &largest, 0, columns);
      k.binary(row, Binary::subtract, row, 1, &logSum, 0, columns);
    }
  });
}

void multinomial(float* parts, const float* logits, const SparseRows& clicks, int64_t blockWidth) {
  const int64_t columns = clicks.columns, blocks = blocksOf(columns, blockWidth);
  Pool::shared().ranges(clicks.rows, rowsPerTask(columns), [=](int64_t begin, int64_t end) {
    thread_local Scratch scratch;
    double* clicked = scratch.atLeast<double>(static_cast<size_t>(blocks));
    for (int64_t r = begin; r < end; r++) {
      const float* row = logits + r * columns;
      std::fill(clicked, clicked + blocks, 0.0);
      for (int64_t k = clicks.offsets[r]; k < clicks.offsets[r + 1]; k++) {
        clicked[clicks.items[k] / blockWidth] += row[clicks.items[k]];
      }
      for (int64_t b = 0; b < blocks; b++) {
        float* part = parts + (r * blocks + b) * 3;
        const int64_t first = b * blockWidth;
        kernels().logSumParts(part, part + 1, row + first, std::min(blockWidth, columns - first));
        part[2] = static_cast<float>(clicked[b]);
      }
    }
  });
}

void multinomialGradient(float* out, const float* logits, const float* parts, const float* dy,
                         const SparseRows& clicks) {
  const int64_t columns = clicks.columns;
  Pool::shared().ranges(clicks.rows, rowsPerTask(columns), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      const int64_t first = clicks.offsets[r], last = clicks.offsets[r + 1];
      float* row = out + r * columns;
      kernels().expScaled(row, logits + r * columns, parts[2 * r], parts[2 * r + 1] * dy[r], columns);
      for (int64_t k = first; k < last; k++) row[clicks.items[k]] -= dy[r];
    }
  });
}

void layerNorm(float* out, float* mean, float* inverseSpread, const float* x, const float* gain,
               const float* bias, float epsilon, int64_t rows, int64_t columns) {
  Pool::shared().ranges(rows, rowsPerTask(columns), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      kernels().layerNorm(out + r * columns, mean + r, inverseSpread + r, x + r * columns, gain, bias,
                          epsilon, columns);
    }
  });
}

void layerNormGradient(float* dx, float* dGain, float* dBias, const float* dy, const float* x,
                       const float* gain, const float* mean, const float* inverseSpread, int64_t rows,
                       int64_t columns) {
  Pool::shared().ranges(columns, columnGrain, [=](int64_t begin, int64_t end) {
    kernels().layerNormParameterGradient(dGain, dBias, dy, x, mean, inverseSpread, rows, columns, begin, end);
  });
  Pool::shared().ranges(rows, rowsPerTask(columns), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      kernels().layerNormInputGradient(dx + r * columns, dy + r * columns, x + r * columns, gain, mean[r],
                                       inverseSpread[r], columns);
    }
  });
}

}  // namespace multvae
