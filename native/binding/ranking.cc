// Ranking for JavaScript: the best items of each row.
#include "ranking.h"

namespace multvae {

namespace {

/** (items, scores, n, x, maskOffsets, maskItems, rows, columns) */
void callTopN(Arguments& a) {
  const int64_t n = a.integer(2, "n", 1, INT32_MAX);
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns");
  const Buffer<float> x = a.floats(3, "x", elements(a, rows, columns));
  const MaskArguments mask = readMask(a, 4, rows);
  const RankingOutput out = readRanking(a, rows, n);
  requireApartFrom(a, out, x);
  requireApartFrom(a, out, mask);
  topN(out.items.data, out.scores.data, n, x.data, mask.rows(a, rows, columns));
}

/** (items, scores, n, hidden, weights, bias, maskOffsets, maskItems, rows, columns, depth) */
void decode(Arguments& a, bool isTransposed) {
  const int64_t n = a.integer(2, "n", 1, INT32_MAX);
  const int64_t rows = a.size(8, "rows"), columns = a.size(9, "columns"), depth = a.size(10, "depth");
  const Buffer<float> hidden = a.floats(3, "hidden", elements(a, rows, depth));
  const Buffer<float> weights = a.floats(4, "weights", elements(a, depth, columns));
  const Buffer<float> bias = a.optionalFloats(5, "bias", columns);
  const MaskArguments mask = readMask(a, 6, rows);
  const RankingOutput out = readRanking(a, rows, n);
  for (const Buffer<float>& input : {hidden, weights, bias}) requireApartFrom(a, out, input);
  requireApartFrom(a, out, mask);
  decodeTopN(out.items.data, out.scores.data, n, hidden.data, depth, weights.data, isTransposed, bias.data,
             mask.rows(a, rows, columns));
}

void callDecodeTopN(Arguments& a) { decode(a, false); }
/** The same with weights [columns, depth]. */
void callDecodeTransposedTopN(Arguments& a) { decode(a, true); }

}  // namespace

const std::vector<Export> rankingExports = {
    {"topN", 8, callTopN},
    {"decodeTopN", 11, callDecodeTopN},
    {"decodeTransposedTopN", 11, callDecodeTransposedTopN},
};

}  // namespace multvae
