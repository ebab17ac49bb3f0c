// Sparse item-item regressions for JavaScript.
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

/** (items, weights, most, userOffsets, userItems, userWeights, candidateOffsets, candidateItems, rows, columns,
 *  first, count, lambda, clicksPenalty) */
void callItemRegressions(Arguments& a) {
  const int64_t most = a.integer(2, "most", 1, INT32_MAX);
  const int64_t rows = a.size(8, "rows"), columns = a.size(9, "columns");
  const int64_t first = a.integer(10, "first", 0, columns),
                count = a.integer(11, "count", 0, columns - first);
  const double lambda = a.number(12, "lambda"), clicksPenalty = a.number(13, "clicksPenalty");
  const Buffer<int32_t> userOffsets = a.int32s(3, "userOffsets", columns + 1);
  const Buffer<int32_t> userItems = a.int32s(4, "userItems");
  const Buffer<float> userWeights = a.floats(5, "userWeights", rows);
  const Buffer<int32_t> candidateOffsets = a.int32s(6, "candidateOffsets", count + 1);
  const Buffer<int32_t> candidateItems = a.int32s(7, "candidateItems");
  const Buffer<int32_t> items = a.int32s(0, "items", elements(a, count, most));
  const Buffer<float> weights = a.floats(1, "weights", elements(a, count, most));
  requireApart(a, items, weights);
  requireApart(a, items, userWeights);
  requireApart(a, weights, userWeights);
  for (const Buffer<int32_t>& input : {userOffsets, userItems, candidateOffsets, candidateItems}) {
    requireApart(a, items, input);
    requireApart(a, weights, input);
  }
  const Buffer<float> none{nullptr, 0, ""};
  const SparseRows users = sparseRows(a, userOffsets, userItems, none, columns, rows);
  itemRegressions(items.data, weights.data, most, users, userWeights.data,
                  sparseRows(a, candidateOffsets, candidateItems, none, count, columns), first, lambda,
                  clicksPenalty);
}

}  // namespace

const std::vector<Export> regressionExports = {
    {"correlatedItems", 12, callCorrelatedItems},
    {"itemRegressions", 14, callItemRegressions},
};

}  // namespace multvae
