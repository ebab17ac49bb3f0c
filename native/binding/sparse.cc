// Products with sparse rows, and the multinomial likelihood, for JavaScript.
#include "arguments.h"

namespace multvae {

namespace {

/** (out, offsets, items, values, scale, table, rows, columns, width, blockWidth) */
void callSparseProduct(Arguments& a) {
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns"), width = a.size(8, "width");
  const int64_t blockWidth = a.size(9, "blockWidth");
  const Buffer<int32_t> offsets = a.int32s(1, "offsets", rows + 1), items = a.int32s(2, "items");
  const Buffer<float> values = a.optionalFloats(3, "values", items.length);
  const Buffer<float> scale = a.optionalFloats(4, "scale", rows);
  const Buffer<float> table = a.floats(5, "table", elements(a, columns, width));
  const Buffer<float> out = a.floats(0, "out", elements(a, rows, width));
  requireApart(a, out, offsets);
  requireApart(a, out, items);
  requireApart(a, out, values);
  requireApart(a, out, scale);
  requireApart(a, out, table);
  sparseProduct(out.data, sparseRows(a, offsets, items, values, rows, columns), scale.data, table.data, width,
                blockWidth);
}

/** (out, offsets, items, values, scale, dy, rows, columns, width) */
void callSparseProductGradient(Arguments& a) {
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns"), width = a.size(8, "width");
  const Buffer<int32_t> offsets = a.int32s(1, "offsets", rows + 1), items = a.int32s(2, "items");
  const Buffer<float> values = a.optionalFloats(3, "values", items.length);
  const Buffer<float> scale = a.optionalFloats(4, "scale", rows);
  const Buffer<float> dy = a.floats(5, "dy", elements(a, rows, width));
  const Buffer<float> out = a.floats(0, "out", elements(a, columns, width));
  requireApart(a, out, offsets);
  requireApart(a, out, items);
  requireApart(a, out, values);
  requireApart(a, out, scale);
  requireApart(a, out, dy);
  sparseProductGradient(out.data, sparseRows(a, offsets, items, values, rows, columns), scale.data, dy.data,
                        width);
}

/** (parts, logits, offsets, items, rows, columns, blockWidth) */
void callMultinomial(Arguments& a) {
  const int64_t rows = a.size(4, "rows"), columns = a.size(5, "columns");
  const int64_t blockWidth = a.integer(6, "blockWidth", 1, INT32_MAX);
  const Buffer<float> logits = a.floats(1, "logits", elements(a, rows, columns));
  const Buffer<int32_t> offsets = a.int32s(2, "offsets", rows + 1), items = a.int32s(3, "items");
  const Buffer<float> parts = a.floats(0, "parts", elements(a, rows, blocksOf(columns, blockWidth), 3));
  requireApart(a, parts, logits);
  requireApart(a, parts, offsets);
  requireApart(a, parts, items);
  multinomial(parts.data, logits.data, sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns),
              blockWidth);
}

/** (out, logits, parts, dy, offsets, items, rows, columns); out may be the logits. */
void callMultinomialGradient(Arguments& a) {
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns");
  const Buffer<float> logits = a.floats(1, "logits", elements(a, rows, columns));
  const Buffer<int32_t> offsets = a.int32s(4, "offsets", rows + 1), items = a.int32s(5, "items");
  const Buffer<float> parts = a.floats(2, "parts", 2 * rows), dy = a.floats(3, "dy", rows);
  const Buffer<float> out = a.floats(0, "out", elements(a, rows, columns));
  requireSameOrApart(a, out, logits);
  requireApart(a, out, offsets);
  requireApart(a, out, items);
  requireApart(a, out, parts);
  requireApart(a, out, dy);
  multinomialGradient(out.data, logits.data, parts.data, dy.data,
                      sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns));
}

}  // namespace

const std::vector<Export> sparseExports = {
    {"sparseProduct", 10, callSparseProduct},
    {"sparseProductGradient", 9, callSparseProductGradient},
    {"multinomial", 7, callMultinomial},
    {"multinomialGradient", 8, callMultinomialGradient},
};

}  // namespace multvae
