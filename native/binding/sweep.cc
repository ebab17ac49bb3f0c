// The sweep of a symmetric matrix for JavaScript.
#include "arguments.h"

namespace multvae {

namespace {

/** (matrix, n, first, size, inverse); the matrix is changed in place. */
void callSweepBlock(Arguments& a) {
  const int64_t n = a.size(1, "n");
  const int64_t first = a.integer(2, "first", 0, n);
  const int64_t size = a.integer(3, "size", 0, n - first);
  const Buffer<float> matrix = a.floats(0, "matrix", elements(a, n, n));
  const Buffer<float> inverse = a.floats(4, "inverse", elements(a, size, size));
  requireApart(a, matrix, inverse);
  if (size > 0) sweepBlock(matrix.data, n, first, size, inverse.data);
}

}  // namespace

const std::vector<Export> sweepExports = {{"sweepBlock", 5, callSweepBlock}};

}  // namespace multvae
