// Products of sparse rows and a dense matrix.
#include <algorithm>
#include <cstring>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"
#include "scratch.h"

namespace multvae {

void sparseProduct(float* out, const SparseRows& sparse, const float* scale, const float* table,
                   int64_t width) {
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
