// Functions that move values, for JavaScript.
#include "arguments.h"

namespace multvae {

namespace {

/** (out, x, shape, permutation) */
void callPermute(Arguments& a) {
  int rank = 0;
  const Shape shape = a.shape(2, "shape", &rank);
  const std::vector<int64_t> order = a.integers(3, "permutation", 0, maxRank - 1);
  const int shift = maxRank - rank;
  int permutation[maxRank] = {0, 1, 2, 3};
  bool used[maxRank] = {};
  bool isPermutation = static_cast<int>(order.size()) == rank;
  for (size_t i = 0; isPermutation && i < order.size(); i++) {
    isPermutation = order[i] < rank && !used[order[i]];
    if (!isPermutation) break;
    used[order[i]] = true;
    permutation[static_cast<size_t>(shift) + i] = static_cast<int>(order[i]) + shift;
  }
  if (!isPermutation) a.fail("permutation must name each axis of shape once");
  const Buffer<float> x = a.floats(1, "x", shape.elements()), out = a.floats(0, "out", x.length);
  requireApart(a, out, x);
  permute(out.data, x.data, shape, permutation);
}

/** (out, x, shape, begin, size) */
void callSlice(Arguments& a) {
  int rank = 0, beginRank = 0, sizeRank = 0;
  const Shape shape = a.shape(2, "shape", &rank);
  Shape begin = a.shape(3, "begin", &beginRank);
  const Shape size = a.shape(4, "size", &sizeRank);
  if (beginRank != rank || sizeRank != rank) a.fail("begin and size must be as long as shape");
  for (int axis = 0; axis < maxRank; axis++) {
    if (axis < maxRank - rank) begin.size[axis] = 0;
    if (begin.size[axis] + size.size[axis] > shape.size[axis]) {
      a.fail("begin " + std::to_string(begin.size[axis]) + " and size " + std::to_string(size.size[axis]) +
             " exceed the axis, which has " + std::to_string(shape.size[axis]));
    }
  }
  const Buffer<float> x = a.floats(1, "x", shape.elements());
  const Buffer<float> out = a.floats(0, "out", size.elements());
  requireApart(a, out, x);
  slice(out.data, x.data, shape, begin, size);
}

/** Refuses rows, `stride` apart, that reach beyond their buffer. */
void requireReach(const Arguments& a, const Buffer<float>& buffer, int64_t offset, int64_t stride,
                  int64_t rows, int64_t columns) {
  if (rows == 0 || columns == 0) return;
  const int64_t end = offset + elements(a, rows - 1, stride) + columns;
  if (end > buffer.length) {
    a.fail(buffer.name + " has " + std::to_string(buffer.length) + " elements; " + std::to_string(end) +
           " are needed");
  }
}

/** (out, outOffset, outStride, x, offset, stride, rows, columns) */
void callCopyRows(Arguments& a) {
  const int64_t outOffset = a.size(1, "outOffset"), outStride = a.size(2, "outStride");
  const int64_t offset = a.size(4, "offset"), stride = a.size(5, "stride");
  const int64_t rows = a.size(6, "rows"), columns = a.size(7, "columns");
  const Buffer<float> x = a.floats(3, "x"), out = a.floats(0, "out");
  if (rows > 1 && outStride < columns) a.fail("outStride is below columns; rows would overlap");
  requireReach(a, x, offset, stride, rows, columns);
  requireReach(a, out, outOffset, outStride, rows, columns);
  requireApart(a, out, x);
  copyRows(out.data + outOffset, outStride, x.data + offset, stride, rows, columns);
}

/** (out, table, picks, rows, columns) */
void callGatherRows(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), columns = a.size(4, "columns");
  const Buffer<float> table = a.floats(1, "table", elements(a, rows, columns));
  const Buffer<int32_t> picks = a.int32s(2, "picks");
  const Buffer<float> out = a.floats(0, "out", elements(a, picks.length, columns));
  requireApart(a, out, table);
  requireApart(a, out, picks);
  for (int64_t k = 0; k < picks.length; k++) {
    if (picks.data[k] < 0 || picks.data[k] >= rows) {
      a.fail("picks[" + std::to_string(k) + "] is " + std::to_string(picks.data[k]) +
             "; it must be an index below " + std::to_string(rows));
    }
  }
  gatherRows(out.data, table.data, picks.data, picks.length, columns);
}

}  // namespace

const std::vector<Export> layoutExports = {{"permute", 4, callPermute},
                                           {"slice", 5, callSlice},
                                           {"copyRows", 8, callCopyRows},
                                           {"gatherRows", 5, callGatherRows}};

}  // namespace multvae
