// Matrix products for JavaScript.
#include "../isa/select.h"
#include "arguments.h"

namespace multvae {

namespace {

struct BatchedProduct {
  Product product;
  int64_t batch;
  Buffer<float> left, right, out;
  int64_t leftStep, rightStep;
};

/** (out, left, right, rows, columns, depth, leftTransposed, rightTransposed, batch, leftBatch, rightBatch,
 *  bias, activation) */
BatchedProduct readProduct(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), columns = a.size(4, "columns"), depth = a.size(5, "depth");
  BatchedProduct b;
  b.product.rows = rows;
  b.product.columns = columns;
  b.product.depth = depth;
  b.product.leftTransposed = a.boolean(6, "leftTransposed");
  b.product.rightTransposed = a.boolean(7, "rightTransposed");
  b.product.rightStride = b.product.rightTransposed ? depth : columns;
  b.batch = a.size(8, "batch");
  const int64_t leftBatch = a.integer(9, "leftBatch", 0, INT32_MAX);
  const int64_t rightBatch = a.integer(10, "rightBatch", 0, INT32_MAX);
  if ((leftBatch != 1 && leftBatch != b.batch) || (rightBatch != 1 && rightBatch != b.batch)) {
    a.fail("leftBatch and rightBatch must be 1 or batch");
  }
  b.product.activation =
      static_cast<Unary>(a.integer(12, "activation", 0, static_cast<int64_t>(Unary::count) - 1));
  b.left = a.floats(1, "left", elements(a, leftBatch, rows, depth));
  b.right = a.floats(2, "right", elements(a, rightBatch, depth, columns));
  b.out = a.floats(0, "out", elements(a, b.batch, rows, columns));
  const Buffer<float> bias = a.optionalFloats(11, "bias", columns);
  b.product.bias = bias.data;
  if (a.isNull(11)) b.product.bias = nullptr;
  requireApart(a, b.out, b.left);
  requireApart(a, b.out, b.right);
  requireApart(a, b.out, bias);
  b.leftStep = leftBatch == 1 ? 0 : rows * depth;
  b.rightStep = rightBatch == 1 ? 0 : depth * columns;
  return b;
}

void callMultiply(Arguments& a) {
  const BatchedProduct b = readProduct(a);
  const int64_t outStep = b.product.rows * b.product.columns;
  if (outStep == 0) return;
  for (int64_t i = 0; i < b.batch; i++) {
    multiply(b.out.data + i * outStep, b.left.data + i * b.leftStep, b.right.data + i * b.rightStep,
             b.product);
  }
}

void requireBf16(const Arguments& a, const Kernels& k, bool mayEmulate) {
  if (k.hasBf16 || mayEmulate) return;
  a.fail("bf16 needs the instruction set avx512bf16; " + std::string(k.name) + " is in use");
}

void callMultiplyBf16(Arguments& a) {
  const bool mayEmulate = a.boolean(13, "emulate");
  const BatchedProduct b = readProduct(a);
  const Kernels& k = kernels();
  requireBf16(a, k, mayEmulate);
  const int64_t outStep = b.product.rows * b.product.columns;
  if (outStep == 0) return;
  for (int64_t i = 0; i < b.batch; i++) {
    multiply(b.out.data + i * outStep, b.left.data + i * b.leftStep, b.right.data + i * b.rightStep,
             b.product, k.productBf16);
  }
}

/** (out, left, right, rows, columns, depth, rightTransposed, blockWidth, bf16, emulate) */
void callMultiplyBlocks(Arguments& a) {
  Product product = {};
  product.rows = a.size(3, "rows");
  product.columns = a.size(4, "columns");
  product.depth = a.size(5, "depth");
  product.rightTransposed = a.boolean(6, "rightTransposed");
  product.rightStride = product.rightTransposed ? product.depth : product.columns;
  product.activation = Unary::identity;
  const int64_t blockWidth = a.integer(7, "blockWidth", 1, INT32_MAX);
  const bool isBf16 = a.boolean(8, "bf16"), mayEmulate = a.boolean(9, "emulate");
  const Buffer<float> left = a.floats(1, "left", elements(a, product.rows, product.depth));
  const Buffer<float> right = a.floats(2, "right", elements(a, product.depth, product.columns));
  const Buffer<float> out = a.floats(0, "out", elements(a, product.rows, product.columns));
  requireApart(a, out, left);
  requireApart(a, out, right);
  const Kernels& k = kernels();
  if (isBf16) requireBf16(a, k, mayEmulate);
  multiplyBlocks(out.data, left.data, right.data, product, blockWidth, isBf16 ? k.productBf16 : k.product);
}

}  // namespace

const std::vector<Export> productExports = {{"multiply", 13, callMultiply},
                                            {"multiplyBf16", 14, callMultiplyBf16},
                                            {"multiplyBlocks", 10, callMultiplyBlocks}};

}  // namespace multvae
