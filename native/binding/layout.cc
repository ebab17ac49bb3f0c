#include "arguments.h"

namespace multvae {

namespace {

/** (x, shape, permutation, out) */
void transposeAxes(Arguments& a) {
  int rank = 0;
  const Shape shape = a.shape(1, "shape", &rank);
  const std::vector<int64_t> order = a.integers(2, "permutation", 0, maxRank - 1);
  const int shift = maxRank - rank;
  int permutation[maxRank] = {0, 1, 2, 3};
  bool seen[maxRank] = {};
  bool isPermutation = static_cast<int>(order.size()) == rank;
  for (size_t i = 0; isPermutation && i < order.size(); i++) {
    isPermutation = order[i] < rank && !seen[order[i]];
    if (!isPermutation) break;
    seen[order[i]] = true;
    permutation[static_cast<size_t>(shift) + i] = static_cast<int>(order[i]) + shift;
  }
  if (!isPermutation) a.fail("permutation must name each axis of shape once");
  const Buffer<float> x = a.floats(0, "x", shape.elements()), out = a.floats(3, "out", x.length);
  requireApart(a, out, x);
  permute(out.data, x.data, shape, permutation);
}

/** (x, shape, begin, size, out) */
void sliceBlock(Arguments& a) {
  int rank = 0, beginRank = 0, sizeRank = 0;
  const Shape shape = a.shape(1, "shape", &rank);
  Shape begin = a.shape(2, "begin", &beginRank);
  const Shape size = a.shape(3, "size", &sizeRank);
  if (beginRank != rank || sizeRank != rank) a.fail("begin and size must be as long as shape");
  for (int axis = 0; axis < maxRank; axis++) {
    if (axis < maxRank - rank) begin.size[axis] = 0;
    if (begin.size[axis] + size.size[axis] > shape.size[axis]) {
      a.fail("begin " + std::to_string(begin.size[axis]) + " and size " +
             std::to_string(size.size[axis]) + " exceed the axis, which has " +
             std::to_string(shape.size[axis]));
    }
  }
  const Buffer<float> x = a.floats(0, "x", shape.elements());
  const Buffer<float> out = a.floats(4, "out", size.elements());
  requireApart(a, out, x);
  slice(out.data, x.data, shape, begin, size);
}

/** The last element that `rows` runs of `width`, `stride` apart, reach. */
void requireReach(const Arguments& a, const Buffer<float>& buffer, int64_t offset, int64_t stride,
                  int64_t rows, int64_t width) {
  if (rows == 0 || width == 0) return;
  const int64_t end = offset + elements(a, rows - 1, stride) + width;
  if (end > buffer.length) {
    a.fail(buffer.name + " has " + std::to_string(buffer.length) + " elements; " +
           std::to_string(end) + " are needed");
  }
}

/** (x, offset, stride, out, outOffset, outStride, rows, width) */
void copyBlock(Arguments& a) {
  const int64_t offset = a.size(1, "offset"), stride = a.size(2, "stride");
  const int64_t outOffset = a.size(4, "outOffset"), outStride = a.size(5, "outStride");
  const int64_t rows = a.size(6, "rows"), width = a.size(7, "width");
  const Buffer<float> x = a.floats(0, "x"), out = a.floats(3, "out");
  if (rows > 1 && outStride < width) a.fail("outStride is below width; rows would overlap");
  requireReach(a, x, offset, stride, rows, width);
  requireReach(a, out, outOffset, outStride, rows, width);
  requireApart(a, out, x);
  copyRows(out.data + outOffset, outStride, x.data + offset, stride, rows, width);
}

/** (table, picks, out, rows, width) */
void gather(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), width = a.size(4, "width");
  const Buffer<float> table = a.floats(0, "table", elements(a, rows, width));
  const Buffer<int32_t> picks = a.int32s(1, "picks");
  const Buffer<float> out = a.floats(2, "out", elements(a, picks.length, width));
  requireApart(a, out, table);
  requireApart(a, out, picks);
  for (int64_t k = 0; k < picks.length; k++) {
    if (picks.data[k] < 0 || picks.data[k] >= rows) {
      a.fail("picks[" + std::to_string(k) + "] is " + std::to_string(picks.data[k]) +
             "; it must be an index below " + std::to_string(rows));
    }
  }
  gatherRows(out.data, table.data, picks.data, picks.length, width);
}

}  // namespace

const std::vector<Export> layoutExports = {{"transpose", 4, transposeAxes},
                                           {"slice", 5, sliceBlock},
                                           {"copyRows", 8, copyBlock},
                                           {"gatherRows", 5, gather}};

}  // namespace multvae
