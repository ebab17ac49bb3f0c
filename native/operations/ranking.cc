// The best items of each row.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"
#include "packed-left.h"
#include "scratch.h"

namespace multvae {

namespace {

/** The block of scores that decodeTopN holds at a time. */
constexpr int64_t blockRows = 1024;
constexpr int64_t blockColumns = 2048;
/** The rows that packedTopN takes at a time, and the scores that it holds, for the second-level cache. */
constexpr int64_t packedRows = 64;
constexpr int64_t packedBlock = int64_t{1} << 16;

bool isWorse(const Ranking& heap, int64_t a, int64_t b) {
  const float x = heap.scores[a], y = heap.scores[b];
  if (x < y || (std::isnan(x) && !std::isnan(y))) return true;
  if (y < x || (std::isnan(y) && !std::isnan(x))) return false;
  return heap.items[a] > heap.items[b];
}

/** Turns a heap into a list, best first, in place: moves the root, the worst, to the end again and again. */
void sortBestFirst(Ranking& heap, int64_t n) {
  const int64_t kept = heap.size;
  while (heap.size > 1) {
    const int64_t last = --heap.size;
    std::swap(heap.items[0], heap.items[last]);
    std::swap(heap.scores[0], heap.scores[last]);
    for (int64_t parent = 0;;) {
      int64_t worst = parent;
      for (int64_t child = 2 * parent + 1; child <= 2 * parent + 2 && child < heap.size; child++) {
        if (isWorse(heap, child, worst)) worst = child;
      }
      if (worst == parent) break;
      std::swap(heap.items[parent], heap.items[worst]);
      std::swap(heap.scores[parent], heap.scores[worst]);
      parent = worst;
    }
  }
  std::fill(heap.items + kept, heap.items + n, -1);
  std::fill(heap.scores + kept, heap.scores + n, -std::numeric_limits<float>::infinity());
}

/** Offers a row's scores of columns first..first+count, except those of masked items. */
void rankRow(Ranking& heap, const float* scores, int64_t first, int64_t count, const SparseRows& mask,
             int64_t row, uint8_t* marks) {
  std::memset(marks, 0, static_cast<size_t>(count));
  for (int64_t k = mask.offsets[row]; k < mask.offsets[row + 1]; k++) {
    const int64_t column = mask.items[k] - first;
    if (column >= 0 && column < count) marks[column] = 1;
  }
  kernels().rank(&heap, scores, static_cast<int32_t>(first), count, marks);
}

/**
 * Ranks rows firstRow..firstRow+rows. Only `width` columns of their scores are ever in memory.
 *
 * @param score - score(block, first, columns) writes [rows, columns], the scores from column `first` on
 */
template <class F>
void rankWhileScored(int32_t* items, float* scores, int64_t n, const SparseRows& mask, int64_t firstRow,
                     int64_t rows, int64_t width, const F& score) {
  thread_local Scratch scoreScratch, sizeScratch;
  float* block = scoreScratch.atLeast<float>(static_cast<size_t>(rows * std::min(width, mask.columns)));
  int64_t* sizes = sizeScratch.atLeast<int64_t>(static_cast<size_t>(rows));
  std::fill(sizes, sizes + rows, 0);
  for (int64_t first = 0; first < mask.columns; first += width) {
    const int64_t columns = std::min(width, mask.columns - first);
    score(block, first, columns);
    Pool::shared().ranges(rows, 4, [=](int64_t begin, int64_t end) {
      thread_local Scratch markScratch;
      uint8_t* marks = markScratch.atLeast<uint8_t>(static_cast<size_t>(columns));
      for (int64_t r = begin; r < end; r++) {
        const int64_t row = firstRow + r;
        Ranking heap{items + row * n, scores + row * n, std::min(n, mask.columns), sizes[r]};
        rankRow(heap, block + r * columns, first, columns, mask, row, marks);
        sizes[r] = heap.size;
      }
    });
  }
  for (int64_t r = 0; r < rows; r++) {
    const int64_t row = firstRow + r;
    Ranking heap{items + row * n, scores + row * n, n, sizes[r]};
    sortBestFirst(heap, n);
  }
}

}  // namespace

void topN(int32_t* items, float* scores, int64_t n, const float* x, const SparseRows& mask) {
  const int64_t columns = mask.columns;
  Pool::shared().ranges(mask.rows, 4, [=](int64_t begin, int64_t end) {
    thread_local Scratch scratch;
    uint8_t* marks = scratch.atLeast<uint8_t>(static_cast<size_t>(columns));
    for (int64_t row = begin; row < end; row++) {
      Ranking heap{items + row * n, scores + row * n, std::min(n, columns), 0};
      rankRow(heap, x + row * columns, 0, columns, mask, row, marks);
      sortBestFirst(heap, n);
    }
  });
}

void decodeTopN(int32_t* items, float* scores, int64_t n, const float* hidden, int64_t depth,
                const float* weights, bool isTransposed, const float* bias, const SparseRows& mask) {
  const int64_t step = isTransposed ? depth : 1;
  const int64_t stride = isTransposed ? depth : mask.columns;
  for (int64_t firstRow = 0; firstRow < mask.rows; firstRow += blockRows) {
    const int64_t rows = std::min(blockRows, mask.rows - firstRow);
    rankWhileScored(items, scores, n, mask, firstRow, rows, blockColumns,
                    [&](float* block, int64_t first, int64_t columns) {
                      multiply(block, hidden + firstRow * depth, weights + first * step,
                               {rows, columns, depth, false, isTransposed, bias ? bias + first : nullptr,
                                Unary::identity, stride});
                    });
  }
}

void packedTopN(int32_t* items, float* scores, int64_t n, const float* left, const PackedLayer& layer,
                const SparseRows& mask) {
  for (int64_t firstRow = 0; firstRow < mask.rows; firstRow += packedRows) {
    const int64_t rows = std::min(packedRows, mask.rows - firstRow);
    const PackedLeft packed(left + firstRow * layer.depth, rows, layer);
    const int64_t width = std::max<int64_t>(1, packedBlock / (rows * panelColumns)) * panelColumns;
    rankWhileScored(items, scores, n, mask, firstRow, rows, width,
                    [&](float* block, int64_t first, int64_t columns) {
                      packed.multiply(block, columns, first / panelColumns, first + columns);
                    });
  }
}

}  // namespace multvae
