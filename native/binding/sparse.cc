#include "arguments.h"

namespace multvae {

namespace {

/** (offsets, items, values, scale, table, out, rows, columns, width) */
void sparseForward(Arguments& a) {
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns"), width = a.size(8, "width");
  const Buffer<int32_t> offsets = a.int32s(0, "offsets", rows + 1), items = a.int32s(1, "items");
  const Buffer<float> values = a.optionalFloats(2, "values", items.length);
  const Buffer<float> scale = a.optionalFloats(3, "scale", rows);
  const Buffer<float> table = a.floats(4, "table", elements(a, columns, width));
  const Buffer<float> out = a.floats(5, "out", elements(a, rows, width));
  requireApart(a, out, offsets);
  requireApart(a, out, items);
  requireApart(a, out, values);
  requireApart(a, out, scale);
  requireApart(a, out, table);
  sparseProduct(out.data, sparseRows(a, offsets, items, values, rows, columns), scale.data, table.data,
                width);
}

/** (offsets, items, values, scale, dy, out, rows, columns, width) */
void sparseBackward(Arguments& a) {
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns"), width = a.size(8, "width");
  const Buffer<int32_t> offsets = a.int32s(0, "offsets", rows + 1), items = a.int32s(1, "items");
  const Buffer<float> values = a.optionalFloats(2, "values", items.length);
  const Buffer<float> scale = a.optionalFloats(3, "scale", rows);
  const Buffer<float> dy = a.floats(4, "dy", elements(a, rows, width));
  const Buffer<float> out = a.floats(5, "out", elements(a, columns, width));
  requireApart(a, out, offsets);
  requireApart(a, out, items);
  requireApart(a, out, values);
  requireApart(a, out, scale);
  requireApart(a, out, dy);
  sparseProductGradient(out.data, sparseRows(a, offsets, items, values, rows, columns), scale.data,
                        dy.data, width);
}

/** (logits, offsets, items, rows, columns, nll, parts) */
void multinomialNll(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), columns = a.size(4, "columns");
  const Buffer<float> logits = a.floats(0, "logits", elements(a, rows, columns));
  const Buffer<int32_t> offsets = a.int32s(1, "offsets", rows + 1), items = a.int32s(2, "items");
  const Buffer<float> nll = a.floats(5, "nll", rows), parts = a.floats(6, "parts", 2 * rows);
  for (const Buffer<float>& out : {nll, parts}) {
    requireApart(a, out, logits);
    requireApart(a, out, offsets);
    requireApart(a, out, items);
  }
  requireApart(a, nll, parts);
  multinomial(nll.data, parts.data, logits.data,
              sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns));
}

/** (logits, offsets, items, rows, columns, parts, dy, out); out may be the logits. */
void multinomialNllGradient(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), columns = a.size(4, "columns");
  const Buffer<float> logits = a.floats(0, "logits", elements(a, rows, columns));
  const Buffer<int32_t> offsets = a.int32s(1, "offsets", rows + 1), items = a.int32s(2, "items");
  const Buffer<float> parts = a.floats(5, "parts", 2 * rows), dy = a.floats(6, "dy", rows);
  const Buffer<float> out = a.floats(7, "out", elements(a, rows, columns));
  requireSameOrApart(a, out, logits);
  requireApart(a, out, offsets);
  requireApart(a, out, items);
  requireApart(a, out, parts);
  requireApart(a, out, dy);
  multinomialGradient(out.data, logits.data, parts.data, dy.data,
                      sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns));
}

/** Where a ranking is written. */
struct RankingOutput {
  int64_t n;
  Buffer<int32_t> items;
  Buffer<float> scores;
};

template <class T>
void requireApartFrom(const Arguments& a, const RankingOutput& out, const Buffer<T>& input) {
  requireApart(a, out.items, input);
  requireApart(a, out.scores, input);
}

/** (scores, offsets, items, rows, columns, n, bestItems, bestScores) */
void rankTopN(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), columns = a.size(4, "columns");
  const int64_t n = a.integer(5, "n", 1, INT32_MAX);
  const Buffer<float> scores = a.floats(0, "scores", elements(a, rows, columns));
  const Buffer<int32_t> offsets = a.int32s(1, "offsets", rows + 1), items = a.int32s(2, "items");
  const RankingOutput out{n, a.int32s(6, "bestItems", elements(a, rows, n)),
                          a.floats(7, "bestScores", elements(a, rows, n))};
  requireApartFrom(a, out, scores);
  requireApartFrom(a, out, offsets);
  requireApartFrom(a, out, items);
  requireApart(a, out.items, out.scores);
  topN(out.items.data, out.scores.data, n, scores.data,
       sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns));
}

/** (hidden, weights, bias, offsets, items, rows, columns, depth, n, bestItems, bestScores) */
void decodeRank(Arguments& a) {
  const int64_t rows = a.size(5, "rows"), columns = a.size(6, "columns"), depth = a.size(7, "depth");
  const int64_t n = a.integer(8, "n", 1, INT32_MAX);
  const Buffer<float> hidden = a.floats(0, "hidden", elements(a, rows, depth));
  const Buffer<float> weights = a.floats(1, "weights", elements(a, depth, columns));
  const Buffer<float> bias = a.optionalFloats(2, "bias", columns);
  const Buffer<int32_t> offsets = a.int32s(3, "offsets", rows + 1), items = a.int32s(4, "items");
  const RankingOutput out{n, a.int32s(9, "bestItems", elements(a, rows, n)),
                          a.floats(10, "bestScores", elements(a, rows, n))};
  for (const Buffer<float>& input : {hidden, weights, bias}) requireApartFrom(a, out, input);
  requireApartFrom(a, out, offsets);
  requireApartFrom(a, out, items);
  requireApart(a, out.items, out.scores);
  decodeTopN(out.items.data, out.scores.data, n, hidden.data, depth, weights.data, bias.data,
             sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns));
}

}  // namespace

const std::vector<Export> sparseExports = {
    {"sparseForward", 9, sparseForward},
    {"sparseBackward", 9, sparseBackward},
    {"multinomialNll", 7, multinomialNll},
    {"multinomialNllGradient", 8, multinomialNllGradient},
    {"topN", 8, rankTopN},
    {"decodeTopN", 11, decodeRank},
};

}  // namespace multvae
