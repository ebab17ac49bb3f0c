// Products with sparse rows, and the multinomial likelihood, for JavaScript.
#include "arguments.h"

namespace multvae {

namespace {

/** (out, offsets, items, values, scale, table, rows, columns, width) */
void callSparseProduct(Arguments& a) {
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns"), width = a.size(8, "width");
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
  sparseProduct(out.data, sparseRows(a, offsets, items, values, rows, columns), scale.data, table.data,
                width);
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

/** (nll, parts, logits, offsets, items, rows, columns) */
void callMultinomial(Arguments& a) {
  const int64_t rows = a.size(5, "rows"), columns = a.size(6, "columns");
  const Buffer<float> logits = a.floats(2, "logits", elements(a, rows, columns));
  const Buffer<int32_t> offsets = a.int32s(3, "offsets", rows + 1), items = a.int32s(4, "items");
  const Buffer<float> nll = a.floats(0, "nll", rows), parts = a.floats(1, "parts", 2 * rows);
  for (const Buffer<float>& out : {nll, parts}) {
    requireApart(a, out, logits);
    requireApart(a, out, offsets);
    requireApart(a, out, items);
  }
  requireApart(a, nll, parts);
  multinomial(nll.data, parts.data, logits.data,
              sparseRows(a, offsets, items, {nullptr, 0, ""}, rows, columns));
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
    {"sparseProduct", 9, callSparseProduct},
    {"sparseProductGradient", 9, callSparseProductGradient},
    {"multinomial", 7, callMultinomial},
    {"multinomialGradient", 8, callMultinomialGradient},
};

}  // namespace multvae
