// One step of the sweep of a symmetric matrix.
#include <algorithm>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"
#include "scratch.h"

namespace multvae {

namespace {

/** Rows of one product below the diagonal. Some elements above it are computed in vain. */
constexpr int64_t bandRows = 1032;
/** Rows copied in one task. */
constexpr int64_t copyRowsPerTask = 64;

struct Block {
  float* matrix;
  int64_t n, first, size;

  bool has(int64_t row) const { return row >= first && row < first + size; }
  /** The place of column k of the block in a row; above the block it is that of the mirror image. */
  float* at(int64_t row, int64_t k) const {
    const int64_t column = first + k;
    return row > column ? matrix + row * n + column : matrix + column * n + row;
  }
};

/** panel[n, size] = the columns of the block. Its own rows are zero, so they change nothing. */
void readPanel(float* panel, const Block& b) {
  Pool::shared().ranges(b.n, copyRowsPerTask, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      float* to = panel + row * b.size;
      if (b.has(row)) {
        std::fill(to, to + b.size, 0.0f);
      } else {
        for (int64_t k = 0; k < b.size; k++) to[k] = *b.at(row, k);
      }
    }
  });
}

void writePanel(const float* panel, const Block& b) {
  Pool::shared().ranges(b.n, copyRowsPerTask, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      if (b.has(row)) continue;
      for (int64_t k = 0; k < b.size; k++) *b.at(row, k) = -panel[row * b.size + k];
    }
  });
}

}  // namespace

void sweepBlock(float* matrix, int64_t n, int64_t first, int64_t size, const float* inverse) {
  const Block block{matrix, n, first, size};
  thread_local Scratch scratch;
  float* panel = scratch.atLeast<float>(static_cast<size_t>(size * (2 * n + size)));
  float* product = panel + n * size;
  float* negated = product + n * size;
  for (int64_t k = 0; k < size * size; k++) negated[k] = -inverse[k];
  readPanel(panel, block);
  // product = -A_ik · P, and A_ij += product_i · A_kj for j up to the end of each band of rows.
  multiply(product, panel, negated, {n, size, size, false, false, nullptr, Unary::identity, size});
  for (int64_t row = 0; row < n; row += bandRows) {
    const int64_t end = std::min(row + bandRows, n);
    Product update{end - row, end, size, false, true, nullptr, Unary::identity, size};
    update.outStride = n;
    update.accumulate = true;
    multiply(matrix + row * n, product + row * size, panel, update);
  }
  writePanel(product, block);
  for (int64_t k = 0; k < size; k++) {
    std::copy(negated + k * size, negated + k * size + k + 1, matrix + (first + k) * n + first);
  }
}

}  // namespace multvae
