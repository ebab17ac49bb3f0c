// Sparse item-item regressions for JavaScript.
#include <algorithm>
#include <numeric>

#include "arguments.h"

namespace multvae {

namespace {

/** (items, strengths, most, clickOffsets, clickItems, userOffsets, userItems, rows, columns, first, count,
 *  least) */
void callCorrelatedItems(Arguments& a) {
  const int64_t most = a.integer(2, "most", 1, INT32_MAX);
  const int64_t rows = a.size(7, "rows"), columns = a.size(8, "columns");
  const int64_t first = a.integer(9, "first", 0, columns), count = a.integer(10, "count", 0, columns - first);
  const Buffer<int32_t> clickOffsets = a.int32s(3, "clickOffsets", rows + 1);
  const Buffer<int32_t> clickItems = a.int32s(4, "clickItems");
  const Buffer<int32_t> userOffsets = a.int32s(5, "userOffsets", columns + 1);
  const Buffer<int32_t> userItems = a.int32s(6, "userItems", clickItems.length);
  const Buffer<int32_t> items = a.int32s(0, "items", elements(a, count, most));
  const Buffer<float> strengths = a.floats(1, "strengths", elements(a, count, most));
  requireApart(a, items, strengths);
  for (const Buffer<int32_t>& input : {clickOffsets, clickItems, userOffsets, userItems}) {
    requireApart(a, items, input);
    requireApart(a, strengths, input);
  }
  const Buffer<float> none{nullptr, 0, ""};
  const SparseRows clicks = sparseRows(a, clickOffsets, clickItems, none, rows, columns);
  const SparseRows users = sparseRows(a, userOffsets, userItems, none, columns, rows);
  correlatedItems(items.data, strengths.data, most, clicks, users, first, count, a.number(11, "least"));
}

/** (items, weights, most, userOffsets, userItems, candidateOffsets, candidateItems, columns, first, count, lambda,
 *  clicksPenalty) */
void callItemRegressions(Arguments& a) {
  const int64_t most = a.integer(2, "most", 1, INT32_MAX);
  const int64_t columns = a.size(7, "columns");
  const int64_t first = a.integer(8, "first", 0, columns), count = a.integer(9, "count", 0, columns - first);
  const double lambda = a.number(10, "lambda"), clicksPenalty = a.number(11, "clicksPenalty");
  const Buffer<int32_t> userOffsets = a.int32s(3, "userOffsets", columns + 1);
  const Buffer<int32_t> userItems = a.int32s(4, "userItems");
  const Buffer<int32_t> candidateOffsets = a.int32s(5, "candidateOffsets", count + 1);
  const Buffer<int32_t> candidateItems = a.int32s(6, "candidateItems");
  const Buffer<int32_t> items = a.int32s(0, "items", elements(a, count, most));
  const Buffer<float> weights = a.floats(1, "weights", elements(a, count, most));
  requireApart(a, items, weights);
  for (const Buffer<int32_t>& input : {userOffsets, userItems, candidateOffsets, candidateItems}) {
    requireApart(a, items, input);
    requireApart(a, weights, input);
  }
  const Buffer<float> none{nullptr, 0, ""};
  const int64_t rows = 1 + std::accumulate(userItems.data, userItems.data + userItems.length, int64_t{-1},
                                           [](int64_t a, int64_t b) { return std::max(a, b); });
  itemRegressions(items.data, weights.data, most, sparseRows(a, userOffsets, userItems, none, columns, rows),
                  sparseRows(a, candidateOffsets, candidateItems, none, count, columns), first, lambda,
                  clicksPenalty);
}

}  // namespace

const std::vector<Export> regressionExports = {
    {"correlatedItems", 12, callCorrelatedItems},
    {"itemRegressions", 12, callItemRegressions},
};

}  // namespace multvae
