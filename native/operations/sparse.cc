// Products of sparse rows and a dense matrix.
#include <algorithm>
#include <cstring>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"
#include "scratch.h"

namespace multvae {

namespace {

/** One row of a product, whose entries are added block by block. */
struct BlockedRow {
  const float* table;
  int64_t width;
  /** [entries], in the order of their blocks. */
  const int32_t* picks;
  const float* values;
  /** [blocks + 1] */
  const int32_t* starts;
  /** [levels, width], working memory. */
  float* sums;

  /** The sum of blocks begin..begin+count, which must not be empty. @param count - a power of two */
  void add(float* out, int64_t begin, int64_t count) const {
    if (count == 1) {
      const int64_t first = starts[begin];
      return kernels().weightedRowSum(out, table, width, picks + first, values ? values + first : nullptr,
                                      nullptr, starts[begin + 1] - first, 1.0f);
    }
    const int64_t half = count / 2;
    if (starts[begin] == starts[begin + half]) return add(out, begin + half, half);
    add(out, begin, half);
    if (starts[begin + half] == starts[begin + count]) return;
    const BlockedRow rest = {table, width, picks, values, starts, sums + width};
    rest.add(sums, begin + half, half);
    kernels().binary(out, Binary::add, out, 1, sums, 1, width);
  }
};

/** The smallest power of two that is not below n. */
int64_t powerOfTwo(int64_t n) {
  int64_t power = 1;
  while (power < n) power *= 2;
  return power;
}

void sparseProductInBlocks(float* out, const SparseRows& sparse, const float* scale, const float* table,
                           int64_t width, int64_t blockWidth) {
  const int64_t blocks = powerOfTwo(blocksOf(sparse.columns, blockWidth));
  Pool::shared().ranges(sparse.rows, 8, [=](int64_t begin, int64_t end) {
    thread_local Scratch indexScratch, sumScratch, valueScratch;
    float* sums = sumScratch.atLeast<float>(static_cast<size_t>(64 * width));
    const float zero = 0;
    for (int64_t r = begin; r < end; r++) {
      float* row = out + r * width;
      const int64_t first = sparse.offsets[r], entries = sparse.offsets[r + 1] - first;
      if (entries == 0) {
        std::fill(row, row + width, 0.0f);
        continue;
      }
      // A counting sort by block, as in the gradient below; it keeps the order inside a block.
      int32_t* starts = indexScratch.atLeast<int32_t>(static_cast<size_t>(blocks + 2 + entries));
      int32_t* picks = starts + blocks + 2;
      float* values = sparse.values ? valueScratch.atLeast<float>(static_cast<size_t>(entries)) : nullptr;
      std::fill(starts, starts + blocks + 2, 0);
      const int32_t* items = sparse.items + first;
      for (int64_t k = 0; k < entries; k++) starts[items[k] / blockWidth + 2]++;
      for (int64_t b = 2; b < blocks + 2; b++) starts[b] += starts[b - 1];
      for (int64_t k = 0; k < entries; k++) {
        const int32_t place = starts[items[k] / blockWidth + 1]++;
        picks[place] = items[k];
        if (values) values[place] = sparse.values[first + k];
      }
      BlockedRow{table, width, picks, values, starts, sums}.add(row, 0, blocks);
      kernels().binary(row, Binary::add, row, 1, &zero, 0, width);
      if (scale) kernels().binary(row, Binary::multiply, row, 1, scale + r, 0, width);
    }
  });
}

}  // namespace

void sparseProduct(float* out, const SparseRows& sparse, const float* scale, const float* table,
                   int64_t width, int64_t blockWidth) {
  if (blockWidth > 0) return sparseProductInBlocks(out, sparse, scale, table, width, blockWidth);
  // Few rows a task, because their lengths differ widely.
  Pool::shared().ranges(sparse.rows, 8, [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      const int64_t first = sparse.offsets[r];
      kernels().weightedRowSum(out + r * width, table, width, sparse.items + first,
                               sparse.values ? sparse.values + first : nullptr, nullptr,
                               sparse.offsets[r + 1] - first, scale ? scale[r] : 1.0f);
    }
  });
}

void sparseProductGradient(float* out, const SparseRows& sparse, const float* scale, const float* dy,
                           int64_t width) {
  // Sorts the entries by item, then row, with a counting sort. Then one task owns the sum of an item.
  const int64_t entries = sparse.offsets[sparse.rows];
  thread_local Scratch indexScratch, valueScratch;
  int32_t* start = indexScratch.atLeast<int32_t>(static_cast<size_t>(sparse.columns + 2 + entries));
  int32_t* rows = start + sparse.columns + 2;
  float* values = sparse.values ? valueScratch.atLeast<float>(static_cast<size_t>(entries)) : nullptr;
  std::fill(start, start + sparse.columns + 2, 0);
  // Counts are stored two places on: while entries are placed, start[i + 1] moves from the begin of item i to
  // its end.
  for (int64_t k = 0; k < entries; k++) start[sparse.items[k] + 2]++;
  for (int64_t i = 2; i < sparse.columns + 2; i++) start[i] += start[i - 1];
  for (int64_t r = 0; r < sparse.rows; r++) {
    for (int64_t k = sparse.offsets[r]; k < sparse.offsets[r + 1]; k++) {
      const int32_t place = start[sparse.items[k] + 1]++;
      rows[place] = static_cast<int32_t>(r);
      if (values) values[place] = sparse.values[k];
    }
  }
  Pool::shared().ranges(sparse.columns, 32, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t first = start[i];
      kernels().weightedRowSum(out + i * width, dy, width, rows + first, values ? values + first : nullptr,
                               scale, start[i + 1] - first, 1.0f);
    }
  });
}

void gatherRows(float* out, const float* table, const int32_t* picks, int64_t count, int64_t width) {
  Pool::shared().ranges(count, rowsPerTask(width), [=](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; k++) {
      std::memcpy(out + k * width, table + picks[k] * width, sizeof(float) * static_cast<size_t>(width));
    }
  });
}

}  // namespace multvae
