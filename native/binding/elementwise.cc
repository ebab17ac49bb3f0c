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

/** (weight, m, v, gradient, learningRate, beta1, beta2, epsilon, step) */
void callAdam(Arguments& a) {
  const double learningRate = a.number(4, "learningRate"), beta1 = a.number(5, "beta1");
  const double beta2 = a.number(6, "beta2"), epsilon = a.number(7, "epsilon");
  const double step = static_cast<double>(a.integer(8, "step", 1, int64_t{1} << 52));
  if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
    a.fail("beta1 and beta2 must be at least 0 and below 1");
  }
  const Buffer<float> weight = a.floats(0, "weight"), m = a.floats(1, "m", weight.length);
  const Buffer<float> v = a.floats(2, "v", weight.length);
  const Buffer<float> gradient = a.floats(3, "gradient", weight.length);
  requireApart(a, weight, m);
  requireApart(a, weight, v);
  requireApart(a, weight, gradient);
  requireApart(a, m, v);
  requireApart(a, m, gradient);
  requireApart(a, v, gradient);
  const double correction2 = std::sqrt(1 - std::pow(beta2, step));
  const AdamStep coefficients = {static_cast<float>(beta1), static_cast<float>(beta2),
                                 static_cast<float>(learningRate * correction2 / (1 - std::pow(beta1, step))),
                                 static_cast<float>(epsilon * correction2)};
  adam(weight.data, m.data, v.data, gradient.data, weight.length, coefficients);
}

}  // namespace

const std::vector<Export> elementwiseExports = {
    {"unary", 3, callUnary}, {"binary", 6, callBinary}, {"fill", 2, callFill}, {"adam", 9, callAdam}};

}  // namespace multvae
