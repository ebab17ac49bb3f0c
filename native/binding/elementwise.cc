// Functions of each element for JavaScript, and the Adam step.
#include <cmath>

#include "arguments.h"

namespace multvae {

namespace {

/** (out, op, x); out may be x. */
void callUnary(Arguments& a) {
  const int64_t op = a.integer(1, "op", 0, static_cast<int64_t>(Unary::count) - 1);
  const Buffer<float> x = a.floats(2, "x"), out = a.floats(0, "out", x.length);
  requireSameOrApart(a, out, x);
  unary(out.data, static_cast<Unary>(op), x.data, x.length);
}

/** The shape to which both are broadcast. */
Shape broadcastShape(const Arguments& a, const Shape& x, const Shape& y) {
  Shape shape;
  for (int axis = 0; axis < maxRank; axis++) {
    const int64_t m = x.size[axis], n = y.size[axis];
    if (m != n && m != 1 && n != 1) {
      a.fail("sizes " + std::to_string(m) + " and " + std::to_string(n) + " cannot be broadcast");
    }
    shape.size[axis] = m == 1 ? n : m;
  }
  return shape;
}

/** (out, op, left, leftShape, right, rightShape); out may be an input of its own size. */
void callBinary(Arguments& a) {
  const int64_t op = a.integer(1, "op", 0, static_cast<int64_t>(Binary::count) - 1);
  const Shape leftShape = a.shape(3, "leftShape"), rightShape = a.shape(5, "rightShape");
  const Shape shape = broadcastShape(a, leftShape, rightShape);
  const int64_t outer = elements(a, shape.size[0], shape.size[1]);
  const int64_t length = elements(a, outer, shape.size[2], shape.size[3]);
  const Buffer<float> left = a.floats(2, "left", leftShape.elements());
  const Buffer<float> right = a.floats(4, "right", rightShape.elements());
  const Buffer<float> out = a.floats(0, "out", length);
  // An input of the same length has the same shape, so no element of it is read twice.
  requireSameOrApart(a, out, left);
  requireSameOrApart(a, out, right);
  binary(out.data, shape, static_cast<Binary>(op), left.data, leftShape, right.data, rightShape);
}

/** (out, value) */
void callFill(Arguments& a) {
  const double value = a.number(1, "value");
  const Buffer<float> out = a.floats(0, "out");
  fill(out.data, static_cast<float>(value), out.length);
}

/** The arguments learningRate, beta1, beta2, epsilon, step, from `first` on. */
AdamStep readAdamStep(Arguments& a, size_t first) {
  const double learningRate = a.number(first, "learningRate"), beta1 = a.number(first + 1, "beta1");
  const double beta2 = a.number(first + 2, "beta2"), epsilon = a.number(first + 3, "epsilon");
  const double step = static_cast<double>(a.integer(first + 4, "step", 1, int64_t{1} << 52));
  if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
    a.fail("beta1 and beta2 must be at least 0 and below 1");
  }
  const double correction2 = std::sqrt(1 - std::pow(beta2, step));
  return {static_cast<float>(beta1), static_cast<float>(beta2),
          static_cast<float>(learningRate * correction2 / (1 - std::pow(beta1, step))),
          static_cast<float>(epsilon * correction2)};
}

/** A parameter, its moments and its gradient, the first arguments. */
struct AdamBuffers {
  Buffer<float> weight, m, v, gradient;
};

/** @param length - of the gradient; that of the parameter is the same, or `all` */
AdamBuffers readAdamBuffers(Arguments& a, int64_t all, int64_t length) {
  const AdamBuffers b = {a.floats(0, "weight", all), a.floats(1, "m", all), a.floats(2, "v", all),
                         a.floats(3, "gradient", length)};
  requireApart(a, b.weight, b.m);
  requireApart(a, b.weight, b.v);
  requireApart(a, b.weight, b.gradient);
  requireApart(a, b.m, b.v);
  requireApart(a, b.m, b.gradient);
  requireApart(a, b.v, b.gradient);
  return b;
}

/** (weight, m, v, gradient, learningRate, beta1, beta2, epsilon, step) */
void callAdam(Arguments& a) {
  const AdamStep step = readAdamStep(a, 4);
  const int64_t length = a.floats(0, "weight").length;
  const AdamBuffers b = readAdamBuffers(a, length, length);
  adam(b.weight.data, b.m.data, b.v.data, b.gradient.data, length, step);
}

/** (weight, m, v, gradient, rows, count, width, learningRate, beta1, beta2, epsilon, step) */
void callAdamRows(Arguments& a) {
  const int64_t count = a.size(5, "count"), width = a.size(6, "width");
  const AdamStep step = readAdamStep(a, 7);
  const Buffer<int32_t> rows = a.int32s(4, "rows");
  const AdamBuffers b = readAdamBuffers(a, elements(a, count, width), elements(a, rows.length, width));
  for (const Buffer<float>& output : {b.weight, b.m, b.v}) requireApart(a, output, rows);
  for (int64_t k = 0; k < rows.length; k++) {
    const int64_t least = k == 0 ? 0 : int64_t{rows.data[k - 1]} + 1;
    if (rows.data[k] < least || rows.data[k] >= count) {
      a.fail("rows[" + std::to_string(k) + "] is " + std::to_string(rows.data[k]) +
             "; rows must ascend and be below " + std::to_string(count));
    }
  }
  adamRows(b.weight.data, b.m.data, b.v.data, b.gradient.data, rows.data, rows.length, width, step);
}

}  // namespace

const std::vector<Export> elementwiseExports = {{"unary", 3, callUnary},
                                                {"binary", 6, callBinary},
                                                {"fill", 2, callFill},
                                                {"adam", 9, callAdam},
                                                {"adamRows", 12, callAdamRows}};

}  // namespace multvae
