// Compares every kernel with a readable reference, on all instruction sets of this machine, with 1 to 3 threads.
// Run plain and under AddressSanitizer, UndefinedBehaviorSanitizer and ThreadSanitizer.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

#include "../isa/select.h"
#include "../operations/operations.h"
#include "../threads/cores.h"
#include "../threads/pool.h"
#include "check.h"

namespace multvae {
namespace {

/** The geometry of 16-wide vectors, compiled for the instruction set of this machine: the code of AVX-512 without
 *  its registers. Null where the test was built without it. */
extern "C" const Kernels* wideKernels() __attribute__((weak));

/** Computes with 1, 2 and 3 threads; the results must be the same bits. */
Floats anyThreads(const std::string& what, const std::function<Floats()>& compute) {
  Floats first;
  for (int threads = 1; threads <= 3; threads++) {
    Pool::shared().setThreads(threads);
    const Floats result = compute();
    if (threads == 1) first = result;
    check(sameBits(first.data(), result.data(), first.size() * 4), what + " depends on threads");
  }
  return first;
}

void testProduct(const ProductKernel& kernel, bool isBf16, Numbers& numbers) {
  for (int round = 0; round < 60; round++) {
    Product p;
    p.rows = numbers.pick({1, 2, 5, 6, 7, 12, 13, 31, 64, 97, 1033});
    p.columns = numbers.pick({1, 3, 8, 15, 16, 17, 32, 33, 65, 129, 300});
    p.depth = numbers.pick({1, 2, 3, 4, 5, 8, 9, 31, 64, 385, 801});
    if (p.rows > 1000 && p.depth > 100) p.depth = 9;
    p.leftTransposed = numbers.below(2);
    p.rightTransposed = numbers.below(2);
    p.rightStride = p.rightTransposed ? p.depth : p.columns;
    p.activation = Unary::identity;
    Floats left = numbers.normal(p.rows * p.depth), right = numbers.normal(p.depth * p.columns);
    const Floats bias = numbers.normal(p.columns);
    p.bias = numbers.below(2) ? bias.data() : nullptr;
    if (isBf16) {
      // Eight bits of mantissa are exact in bf16, so the reference needs no rounding.
      for (Floats* operand : {&left, &right}) {
        for (float& x : *operand) {
          uint32_t u;
          std::memcpy(&u, &x, 4);
          u &= 0xffff0000u;
          std::memcpy(&x, &u, 4);
        }
      }
    }
    std::vector<double> exact(static_cast<size_t>(p.rows * p.columns));
    for (int64_t i = 0; i < p.rows; i++) {
      for (int64_t j = 0; j < p.columns; j++) {
        double sum = p.bias ? bias[j] : 0;
        for (int64_t k = 0; k < p.depth; k++) {
          sum += static_cast<double>(left[p.leftTransposed ? k * p.rows + i : i * p.depth + k]) *
                 right[p.rightTransposed ? j * p.depth + k : k * p.columns + j];
        }
        exact[i * p.columns + j] = sum;
      }
    }
    const std::string what = "product " + std::to_string(p.rows) + " x " + std::to_string(p.columns) + " x " +
                             std::to_string(p.depth);
    const Floats out = anyThreads(what, [&] {
      Floats result = garbage(p.rows * p.columns);
      multiply(result.data(), left.data(), right.data(), p, kernel);
      return result;
    });
    check(near(out, exact, 4e-6 * std::sqrt(p.depth)), what);
    if (!p.leftTransposed && !p.bias) {
      const int64_t blockWidth = numbers.pick({1, 7, 64, 400, 801});
      const Floats inBlocks = anyThreads(what + " in blocks", [&] {
        Floats result = garbage(p.rows * p.columns);
        multiplyBlocks(result.data(), left.data(), right.data(), p, blockWidth, kernel);
        return result;
      });
      check(near(inBlocks, exact, 4e-6 * std::sqrt(p.depth)), what + " in blocks");
    }
    if (isBf16) continue;
    Floats chosen = garbage(p.rows * p.columns);
    multiply(chosen.data(), left.data(), right.data(), p);
    check(near(chosen, exact, 4e-6 * std::sqrt(p.depth)), what + ", the path for its shape");
  }
}

/** Operands that lie half way between two bf16 are rounded to the even one, in whole panels and at edges alike. */
void testBf16Ties(const ProductKernel& kernel) {
  for (const int64_t rows : {1, 3, 64}) {
    for (const int64_t columns : {1, 5, 64}) {
      for (const int64_t depth : {1, 2, 9}) {
        Product p{rows, columns, depth, false, false, nullptr, Unary::identity, columns};
        for (const bool isOdd : {false, true}) {
          // 1 + 2^-8 lies between 1 and 1 + 2^-7; 1 + 3 · 2^-8 between 1 + 2^-7 and 1 + 2^-6.
          const float tie = isOdd ? 1.01171875f : 1.00390625f;
          const double even = isOdd ? 1.015625 : 1.0;
          const Floats left(static_cast<size_t>(rows * depth), tie);
          const Floats right(static_cast<size_t>(depth * columns), tie);
          Floats out = garbage(rows * columns);
          multiply(out.data(), left.data(), right.data(), p, kernel);
          const std::vector<double> exact(out.size(), static_cast<double>(depth) * even * even);
          check(near(out, exact, 1e-5), "bf16 ties go to even");
        }
      }
    }
  }
}

struct Sparse {
  std::vector<int32_t> offsets{0}, items;
  Floats values;

  SparseRows view(int64_t columns, bool withValues = false) const {
    return {offsets.data(), items.data(), withValues ? values.data() : nullptr,
            static_cast<int64_t>(offsets.size()) - 1, columns};
  }
};

Sparse randomSparse(Numbers& numbers, int64_t rows, int64_t columns) {
  Sparse sparse;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t c = 0; c < columns && r % 4 != 2; c++) {
      if (numbers.below(5) == 0) sparse.items.push_back(static_cast<int32_t>(c));
    }
    sparse.offsets.push_back(static_cast<int32_t>(sparse.items.size()));
  }
  sparse.values = numbers.normal(static_cast<int64_t>(sparse.items.size()));
  return sparse;
}

void testSparse(Numbers& numbers) {
  for (int round = 0; round < 20; round++) {
    const int64_t rows = numbers.pick({1, 3, 20, 45}), columns = numbers.pick({1, 9, 64, 130});
    const int64_t width = numbers.pick({1, 4, 7, 8, 16, 33});
    const Sparse sparse = randomSparse(numbers, rows, columns);
    const bool withValues = numbers.below(2);
    const int64_t blockWidth = numbers.pick({0, 1, 7, 130});
    const SparseRows view = sparse.view(columns, withValues);
    const Floats scale = numbers.normal(rows), table = numbers.normal(columns * width),
                 dy = numbers.normal(rows * width);
    std::vector<double> forward(static_cast<size_t>(rows * width)),
        backward(static_cast<size_t>(columns * width));
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t k = sparse.offsets[r]; k < sparse.offsets[r + 1]; k++) {
        const double factor = static_cast<double>(scale[r]) * (withValues ? sparse.values[k] : 1.0f);
        for (int64_t c = 0; c < width; c++) {
          forward[r * width + c] += factor * table[sparse.items[k] * width + c];
          backward[sparse.items[k] * width + c] += factor * dy[r * width + c];
        }
      }
    }
    check(near(anyThreads("sparse product",
                          [&] {
                            Floats out = garbage(rows * width);
                            sparseProduct(out.data(), view, scale.data(), table.data(), width, blockWidth);
                            return out;
                          }),
               forward, 1e-4),
          "sparse product");
    check(near(anyThreads("sparse gradient",
                          [&] {
                            Floats out = garbage(columns * width);
                            sparseProductGradient(out.data(), view, scale.data(), dy.data(), width);
                            return out;
                          }),
               backward, 1e-4),
          "sparse gradient");
  }
}

void testLikelihood(Numbers& numbers) {
  for (const int64_t columns : {1, 7, 16, 100, 2500}) {
    const int64_t rows = 9;
    const Sparse sparse = randomSparse(numbers, rows, columns);
    const SparseRows view = sparse.view(columns);
    const Floats logits = numbers.normal(rows * columns), dy = numbers.normal(rows);
    const int64_t blockWidth = (columns + 2) / 3, blocks = blocksOf(columns, blockWidth);
    const Floats blockParts = anyThreads("likelihood", [&] {
      Floats out = garbage(3 * rows * blocks);
      multinomial(out.data(), logits.data(), view, blockWidth);
      return out;
    });
    Floats parts(static_cast<size_t>(2 * rows)), nll(static_cast<size_t>(rows));
    Floats clickedLogits;
    std::vector<double> exactClicked(static_cast<size_t>(rows * blocks));
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t k = sparse.offsets[r]; k < sparse.offsets[r + 1]; k++) {
        const int32_t item = sparse.items[k];
        exactClicked[r * blocks + item / blockWidth] += logits[r * columns + item];
      }
      const float* own = blockParts.data() + r * blocks * 3;
      for (int64_t b = 0; b < blocks; b++) clickedLogits.push_back(own[3 * b + 2]);
      double largest = own[0], sum = 0, clicked = 0;
      for (int64_t b = 1; b < blocks; b++) largest = std::max(largest, static_cast<double>(own[3 * b]));
      for (int64_t b = 0; b < blocks; b++) {
        sum += own[3 * b + 1] * std::exp(own[3 * b] - largest);
        clicked += own[3 * b + 2];
      }
      const double n = sparse.offsets[r + 1] - sparse.offsets[r];
      parts[2 * r] = static_cast<float>(largest);
      parts[2 * r + 1] = static_cast<float>(n / sum);
      nll[r] = static_cast<float>(n * (largest + std::log(sum)) - clicked);
    }
    const Floats gradient = anyThreads("likelihood's gradient", [&] {
      Floats out = logits;
      multinomialGradient(out.data(), out.data(), parts.data(), dy.data(), view);
      return out;
    });
    std::vector<double> exact(static_cast<size_t>(rows)), exactGradient(logits.size());
    for (int64_t r = 0; r < rows; r++) {
      double sum = 0;
      for (int64_t c = 0; c < columns; c++) sum += std::exp(static_cast<double>(logits[r * columns + c]));
      const double n = sparse.offsets[r + 1] - sparse.offsets[r];
      for (int64_t c = 0; c < columns; c++) {
        exactGradient[r * columns + c] = dy[r] * n * std::exp(logits[r * columns + c]) / sum;
      }
      for (int64_t k = sparse.offsets[r]; k < sparse.offsets[r + 1]; k++) {
        exact[r] += std::log(sum) - logits[r * columns + sparse.items[k]];
        exactGradient[r * columns + sparse.items[k]] -= dy[r];
      }
    }
    check(near(clickedLogits, exactClicked, 1e-4), "clicked logits of each block");
    check(near(nll, exact, 1e-5 * static_cast<double>(columns)), "likelihood");
    check(near(gradient, exactGradient, 1e-4), "likelihood's gradient");
  }
}

/** The functions in double precision. */
double plainUnary(Unary op, double a) {
  switch (op) {
    case Unary::negate: return -a;
    case Unary::abs: return std::fabs(a);
    case Unary::square: return a * a;
    case Unary::sqrt: return std::sqrt(a);
    case Unary::rsqrt: return 1 / std::sqrt(a);
    case Unary::reciprocal: return 1 / a;
    case Unary::exp: return std::exp(a);
    case Unary::expm1: return std::expm1(a);
    case Unary::log: return std::log(a);
    case Unary::log1p: return std::log1p(a);
    case Unary::tanh: return std::tanh(a);
    case Unary::sigmoid: return 1 / (1 + std::exp(-a));
    case Unary::softplus: return std::log1p(std::exp(a));
    case Unary::relu: return std::max(a, 0.0);
    case Unary::relu6: return std::min(std::max(a, 0.0), 6.0);
    case Unary::elu: return a < 0 ? std::expm1(a) : a;
    case Unary::step: return a > 0 ? 1 : 0;
    case Unary::sign: return a > 0 ? 1 : a < 0 ? -1 : 0;
    default: return a;
  }
}

double plainBinary(Binary op, double a, double b) {
  switch (op) {
    case Binary::add: return a + b;
    case Binary::subtract: return a - b;
    case Binary::multiply: return a * b;
    case Binary::divide: return a / b;
    case Binary::maximum: return std::max(a, b);
    case Binary::minimum: return std::min(a, b);
    case Binary::squaredDifference: return (a - b) * (a - b);
    case Binary::tanhGradient: return a * (1 - b * b);
    case Binary::sigmoidGradient: return a * b * (1 - b);
    case Binary::reluGradient: return b > 0 ? a : 0;
    case Binary::eluGradient: return b >= 0 ? a : a * (b + 1);
    default: return a;
  }
}

/** Whether two numbers agree to a few units of single precision; NaN agrees with NaN. */
bool agrees(float x, double exact) {
  if (std::isnan(exact)) return std::isnan(x);
  return x == static_cast<float>(exact) || std::fabs(x - exact) <= 1e-6 * (1 + std::fabs(exact));
}

/** Every function at numbers of all sizes, at 0, and beyond each of its bends. */
void testFunctions(Numbers& numbers) {
  const int64_t n = 203;
  Floats x = numbers.normal(n), y = numbers.normal(n);
  for (int64_t k = 0; k < n; k++) x[k] *= static_cast<float>(1 + k % 7);
  x[5] = 0;
  for (int op = 0; op < static_cast<int>(Unary::count); op++) {
    Floats out = garbage(n);
    unary(out.data(), static_cast<Unary>(op), x.data(), n);
    bool isRight = true;
    for (int64_t k = 0; k < n; k++) isRight &= agrees(out[k], plainUnary(static_cast<Unary>(op), x[k]));
    check(isRight, "the values of unary " + std::to_string(op));
  }
  const Shape shape{{1, 1, 1, n}};
  for (int op = 0; op < static_cast<int>(Binary::count); op++) {
    Floats out = garbage(n);
    binary(out.data(), shape, static_cast<Binary>(op), x.data(), shape, y.data(), shape);
    bool isRight = true;
    for (int64_t k = 0; k < n; k++) {
      isRight &= agrees(out[k], plainBinary(static_cast<Binary>(op), x[k], y[k]));
    }
    check(isRight, "the values of binary " + std::to_string(op));
  }
}

void testAdam(Numbers& numbers) {
  for (const int64_t n : {1, 7, 16, 33}) {
    Floats weight = numbers.normal(n), m = numbers.normal(n), v = numbers.normal(n);
    const Floats gradient = numbers.normal(n);
    for (float& each : v) each *= each;
    std::vector<double> exactM, exactV, exact;
    for (int64_t k = 0; k < n; k++) {
      exactM.push_back(0.9 * m[k] + 0.1 * gradient[k]);
      exactV.push_back(0.99 * v[k] + 0.01 * gradient[k] * gradient[k]);
      exact.push_back(weight[k] - 0.1 * exactM[k] / (std::sqrt(exactV[k]) + 0.25));
    }
    adam(weight.data(), m.data(), v.data(), gradient.data(), n, {0.9f, 0.99f, 0.1f, 0.25f});
    check(near(weight, exact, 1e-5) && near(m, exactM, 1e-5) && near(v, exactV, 1e-5), "an Adam step");
  }
}

/** Rows that are stepped get the bits of a step over them alone; the others keep theirs. */
void testAdamRows(Numbers& numbers) {
  const AdamStep step = {0.9f, 0.999f, 1e-3f, 1e-8f};
  for (const int64_t width : {1, 5, 16, 200, 601}) {
    const int64_t count = 300;
    std::vector<int32_t> rows;
    for (int32_t r = 0; r < count; r++) {
      if (numbers.below(3) == 0) rows.push_back(r);
    }
    const int64_t chosen = static_cast<int64_t>(rows.size());
    const Floats start = numbers.normal(count * width), gradient = numbers.normal(chosen * width);
    Floats exact[3] = {start, start, start};
    for (float& each : exact[2]) each *= each;
    const Floats squares = exact[2];
    for (int64_t k = 0; k < chosen; k++) {
      const int64_t at = rows[k] * width;
      adam(exact[0].data() + at, exact[1].data() + at, exact[2].data() + at, gradient.data() + k * width,
           width, step);
    }
    for (int part = 0; part < 3; part++) {
      const Floats out = anyThreads("Adam of some rows", [&] {
        Floats state[3] = {start, start, squares};
        adamRows(state[0].data(), state[1].data(), state[2].data(), gradient.data(), rows.data(), chosen,
                 width, step);
        return state[part];
      });
      check(sameBits(out.data(), exact[part].data(), out.size() * sizeof(float)), "Adam of some rows");
    }
  }
}

void testElementwise(Numbers& numbers) {
  for (const int64_t n : {0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 33, 32769, 70001}) {
    const Floats x = numbers.normal(n), y = numbers.normal(n);
    for (int op = 0; op < static_cast<int>(Unary::count); op++) {
      anyThreads("unary " + std::to_string(op), [&] {
        Floats out = garbage(n);
        unary(out.data(), static_cast<Unary>(op), x.data(), n);
        return out;
      });
    }
    const Shape shape{{1, 1, 1, n}}, one{{1, 1, 1, 1}};
    for (int op = 0; op < static_cast<int>(Binary::count) && n > 0; op++) {
      for (const Shape& s : {shape, one}) {
        for (const Shape& t : {shape, one}) {
          anyThreads("binary " + std::to_string(op), [&] {
            Floats out = garbage(std::max(s.elements(), t.elements()));
            const Shape result{{1, 1, 1, static_cast<int64_t>(out.size())}};
            binary(out.data(), result, static_cast<Binary>(op), x.data(), s, y.data(), t);
            return out;
          });
        }
      }
    }
    anyThreads("adam", [&] {
      Floats weight = x, m = y, v(static_cast<size_t>(n), 0.5f);
      adam(weight.data(), m.data(), v.data(), y.data(), n, {0.9f, 0.999f, 1e-3f, 1e-8f});
      return weight;
    });
    Floats filled = garbage(n);
    fill(filled.data(), 2, n);
    check(std::count(filled.begin(), filled.end(), 2.0f) == n, "fill");
  }
  for (float x = -90; x < 90; x += 0.37f) {
    Floats in{x}, out{0};
    unary(out.data(), Unary::exp, in.data(), 1);
    const double exact = std::exp(static_cast<double>(x));
    check(std::fabs(out[0] - exact) <= 3e-7 * exact + 1e-44 || exact > 3.4e38, "exp");
    unary(out.data(), Unary::tanh, in.data(), 1);
    check(std::fabs(out[0] - std::tanh(x)) <= 3e-7, "tanh");
  }
}

struct NormCase {
  int64_t rows, columns;
  const Floats &x, &gain, &bias, &dy;
};

/** Layer norm and its gradients, with epsilon 0.1, in double precision. */
void checkLayerNorm(const NormCase& of, const Floats& out, const Floats& dx, const Floats& dGain,
                    const Floats& dBias) {
  const size_t size = static_cast<size_t>(of.rows * of.columns), width = static_cast<size_t>(of.columns);
  std::vector<double> exact(size), exactDx(size), exactDGain(width), exactDBias(width);
  for (int64_t r = 0; r < of.rows; r++) {
    const auto at = [&](int64_t c) { return static_cast<size_t>(r * of.columns + c); };
    const double count = static_cast<double>(of.columns);
    double mean = 0, variance = 0, meanG = 0, meanGx = 0;
    for (int64_t c = 0; c < of.columns; c++) mean += of.x[at(c)] / count;
    for (int64_t c = 0; c < of.columns; c++) variance += std::pow(of.x[at(c)] - mean, 2) / count;
    const double spread = std::sqrt(variance + 0.1);
    const auto normal = [&](int64_t c) { return (of.x[at(c)] - mean) / spread; };
    for (int64_t c = 0; c < of.columns; c++) {
      const double g = static_cast<double>(of.dy[at(c)]) * of.gain[c];
      meanG += g / count;
      meanGx += g * normal(c) / count;
      exactDGain[c] += of.dy[at(c)] * normal(c);
      exactDBias[c] += of.dy[at(c)];
    }
    for (int64_t c = 0; c < of.columns; c++) {
      exact[at(c)] = normal(c) * of.gain[c] + of.bias[c];
      exactDx[at(c)] = (static_cast<double>(of.dy[at(c)]) * of.gain[c] - meanG - normal(c) * meanGx) / spread;
    }
  }
  check(near(out, exact, 1e-4), "layer norm");
  check(near(dx, exactDx, 1e-4), "layer norm's gradient");
  check(near(dGain, exactDGain, 1e-3) && near(dBias, exactDBias, 1e-3), "layer norm's parameters");
}

void testReductions(Numbers& numbers) {
  for (int round = 0; round < 40; round++) {
    const int64_t outer = numbers.pick({1, 3}), n = numbers.pick({1, 5, 64, 65, 700});
    const int64_t inner = numbers.pick({1, 1, 2, 9, 16, 33, 300});
    const Floats x = numbers.normal(outer * n * inner);
    std::vector<double> exact(static_cast<size_t>(outer * inner));
    for (int64_t i = 0; i < outer * n * inner; i++) {
      exact[i / (n * inner) * inner + i % inner] += x[i];
    }
    check(near(anyThreads("sum",
                          [&] {
                            Floats out = garbage(outer * inner);
                            reduce(out.data(), Reduction::sum, x.data(), outer, n, inner);
                            return out;
                          }),
               exact, 1e-4),
          "sum");
    std::vector<double> mean64(exact), most(exact.size(), -std::numeric_limits<double>::infinity());
    for (double& each : mean64) each /= static_cast<double>(n);
    for (int64_t i = 0; i < outer * n * inner; i++) {
      double& largest = most[i / (n * inner) * inner + i % inner];
      largest = std::max<double>(largest, x[i]);
    }
    const auto reduced = [&](Reduction op) {
      return anyThreads("reduction", [&] {
        Floats out = garbage(outer * inner);
        reduce(out.data(), op, x.data(), outer, n, inner);
        return out;
      });
    };
    check(near(reduced(Reduction::mean), mean64, 1e-5), "mean");
    check(near(reduced(Reduction::max), most, 0), "max");
    const int64_t rows = outer * n;
    Floats mean(static_cast<size_t>(rows)), spread(mean), dGain(static_cast<size_t>(inner)), dBias(dGain);
    const Floats gain = numbers.normal(inner), bias = numbers.normal(inner),
                 dy = numbers.normal(rows * inner);
    const Floats normed = anyThreads("layer norm", [&] {
      Floats out = garbage(rows * inner);
      layerNorm(out.data(), mean.data(), spread.data(), x.data(), gain.data(), bias.data(), 0.1f, rows,
                inner);
      return out;
    });
    const Floats dx = anyThreads("layer norm's gradient", [&] {
      Floats out = garbage(rows * inner);
      layerNorm(out.data(), mean.data(), spread.data(), x.data(), gain.data(), bias.data(), 0.1f, rows,
                inner);
      layerNormGradient(out.data(), dGain.data(), dBias.data(), dy.data(), x.data(), gain.data(), mean.data(),
                        spread.data(), rows, inner);
      return out;
    });
    checkLayerNorm({rows, inner, x, gain, bias, dy}, normed, dx, dGain, dBias);
    // Logits so large that exp overflows unless the largest is taken off first.
    Floats logits = x;
    for (float& each : logits) each += 200;
    std::vector<double> shares(logits.size()), logs(logits.size());
    for (int64_t r = 0; r < rows; r++) {
      double sum = 0;
      for (int64_t c = 0; c < inner; c++) sum += std::exp(logits[r * inner + c] - 200.0);
      for (int64_t c = 0; c < inner; c++) {
        logs[r * inner + c] = logits[r * inner + c] - 200.0 - std::log(sum);
        shares[r * inner + c] = std::exp(logs[r * inner + c]);
      }
    }
    const Floats softmaxed = anyThreads("softmax", [&] {
      Floats out = logits;
      softmax(out.data(), out.data(), rows, inner);
      return out;
    });
    check(near(softmaxed, shares, 1e-5), "softmax");
    const Floats logSoftmaxed = anyThreads("log softmax", [&] {
      Floats out = logits;
      logSoftmax(out.data(), out.data(), rows, inner);
      return out;
    });
    check(near(logSoftmaxed, logs, 1e-4), "log softmax");
  }
}

void testRanking(Numbers& numbers) {
  for (int round = 0; round < 40; round++) {
    const int64_t rows = 1 + numbers.below(9), columns = numbers.pick({1, 7, 16, 100, 2100});
    const int64_t n = numbers.pick({1, 5, 100}), depth = 3;
    const Sparse mask = randomSparse(numbers, rows, columns);
    Floats hidden = numbers.normal(rows * depth);
    Floats weights = numbers.normal(depth * columns), bias = numbers.normal(columns);
    // Whole numbers make equal scores.
    for (Floats* values : {&hidden, &weights, &bias}) {
      for (float& each : *values) each = round % 3 == 0 ? std::round(each) : each;
    }
    if (round % 5 == 0) hidden[0] = __builtin_nanf("");
    // A score that is NaN among numbers, before the first of them and after.
    if (round % 4 == 1) weights[0] = weights[static_cast<size_t>(columns / 2)] = __builtin_nanf("");
    Floats scores(static_cast<size_t>(rows * columns));
    const Product product{rows, columns, depth, false, false, bias.data(), Unary::identity, columns};
    multiply(scores.data(), hidden.data(), weights.data(), product);
    Floats turned(weights.size());
    for (int64_t d = 0; d < depth; d++) {
      for (int64_t c = 0; c < columns; c++) turned[c * depth + d] = weights[d * columns + c];
    }
    std::vector<int32_t> expected(static_cast<size_t>(rows * n), -1);
    for (int64_t r = 0; r < rows; r++) {
      std::vector<int32_t> order;
      for (int32_t c = 0; c < columns; c++) {
        const auto begin = mask.items.begin() + mask.offsets[r],
                   end = mask.items.begin() + mask.offsets[r + 1];
        if (std::find(begin, end, c) == end) order.push_back(c);
      }
      std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
        const float x = scores[r * columns + a], y = scores[r * columns + b];
        return x > y || (std::isnan(y) && !std::isnan(x));
      });
      std::copy_n(order.begin(), std::min<int64_t>(n, static_cast<int64_t>(order.size())),
                  expected.begin() + r * n);
    }
    for (int threads = 1; threads <= 3; threads++) {
      Pool::shared().setThreads(threads);
      std::vector<int32_t> items(expected.size(), 9);
      Floats best = garbage(rows * n);
      topN(items.data(), best.data(), n, scores.data(), mask.view(columns));
      check(items == expected, "top n");
      decodeTopN(items.data(), best.data(), n, hidden.data(), depth, weights.data(), false, bias.data(),
                 mask.view(columns));
      check(items == expected, "decode top n");
      decodeTopN(items.data(), best.data(), n, hidden.data(), depth, turned.data(), true, bias.data(),
                 mask.view(columns));
      check(items == expected, "decode top n with transposed weights");
    }
  }
}

void testGaussian(Numbers& numbers) {
  for (const int64_t columns : {1, 5, 16, 17, 200}) {
    const int64_t rows = 70, n = rows * columns;
    const Floats mu = numbers.normal(n), logvar = numbers.normal(n), noise = numbers.normal(n);
    const Floats dy = numbers.normal(rows);
    std::vector<double> z(static_cast<size_t>(n)), dLogvar(z), kl(static_cast<size_t>(rows)), klGradient(z);
    for (int64_t k = 0; k < n; k++) {
      const double l = logvar[k], sigma = std::exp(0.5 * l);
      z[k] = mu[k] + noise[k] * sigma;
      dLogvar[k] = static_cast<double>(mu[k]) * noise[k] * 0.5 * sigma;
      kl[k / columns] += 0.5 * (std::expm1(l) - l + static_cast<double>(mu[k]) * mu[k]);
      klGradient[k] = dy[k / columns] * 0.5 * std::expm1(l);
    }
    const auto computed = [&](const std::string& what, const std::vector<double>& exact,
                              const std::function<void(float*)>& compute) {
      const Floats out = anyThreads(what, [&] {
        Floats result = garbage(static_cast<int64_t>(exact.size()));
        compute(result.data());
        return result;
      });
      check(near(out, exact, 1e-4), what);
    };
    computed("sample", z, [&](float* out) { sampleCode(out, mu.data(), logvar.data(), noise.data(), n); });
    computed("sample's gradient", dLogvar,
             [&](float* out) { sampleCodeGradient(out, mu.data(), logvar.data(), noise.data(), n); });
    computed("divergence", kl, [&](float* out) { divergence(out, mu.data(), logvar.data(), rows, columns); });
    computed("divergence's gradient", klGradient, [&](float* out) {
      Floats dMu = garbage(n);
      divergenceGradient(dMu.data(), out, mu.data(), logvar.data(), dy.data(), rows, columns);
    });
  }
  const Floats drawn = anyThreads("normals", [&] {
    uint32_t state[4] = {1, 2, 3, 4};
    Floats out = garbage(40000);
    normals(out.data(), 20000, state);
    return out;
  });
  double mean = 0, square = 0;
  for (const float x : drawn) {
    mean += x / 40000;
    square += static_cast<double>(x) * x / 40000;
  }
  check(std::fabs(mean) < 0.02 && std::fabs(square - 1) < 0.04, "normals");
}

/** A packed layer that owns its memory. */
struct OwnLayer {
  std::vector<uint32_t> words;
  Floats bias, scales;
  std::vector<int32_t> offsets;
  PackedLayer layer;

  OwnLayer(LayerPrecision precision, int64_t depth, int64_t columns, const Floats& weights,
           const Floats& from) {
    layer = {precision, depth, columns, nullptr, nullptr, nullptr, nullptr};
    const size_t width = static_cast<size_t>(layer.panels() * panelColumns);
    words.resize(width * static_cast<size_t>(layer.units()));
    bias.resize(width);
    scales.resize(width);
    offsets.resize(width);
    layer = {precision, depth, columns, words.data(), bias.data(), scales.data(), offsets.data()};
    packLayer(layer, weights.data(), from.data());
  }
};

void testPacked(Numbers& numbers) {
  const char* const names[] = {"f32", "bf16", "int8"};
  for (int round = 0; round < 90; round++) {
    const auto precision = static_cast<LayerPrecision>(round % 3);
    const int64_t rows = numbers.pick({1, 2, 3, 5, 11, 12, 13, 31, 64, 70}), n = numbers.pick({1, 10});
    const int64_t columns = numbers.pick({1, 7, 16, 31, 32, 33, 64, 97, 2050});
    const int64_t depth = numbers.pick({1, 2, 3, 4, 5, 17, 200});
    const std::string what = std::string("packed ") + names[round % 3] + " " + std::to_string(rows) + " x " +
                             std::to_string(columns) + " x " + std::to_string(depth);
    const Floats left = numbers.normal(rows * depth), weights = numbers.normal(depth * columns),
                 bias = numbers.normal(columns);
    Floats out = anyThreads(what, [&] {
      const OwnLayer own(precision, depth, columns, weights, bias);
      Floats result = garbage(rows * columns);
      packedProduct(result.data(), left.data(), rows, own.layer);
      return result;
    });
    std::vector<double> exact(out.size());
    double slack = 4e-6 * std::sqrt(depth);
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t c = 0; c < columns; c++) {
        double sum = bias[c], size = 0;
        for (int64_t k = 0; k < depth; k++) {
          const double term = static_cast<double>(left[r * depth + k]) * weights[k * columns + c];
          sum += term;
          size += std::fabs(term);
        }
        exact[r * columns + c] = sum;
        // In bf16 an operand is off by at most 2^-8 of itself, in int8 by half a step of its row or column.
        if (precision == LayerPrecision::bf16) slack = std::max(slack, size / 127);
        if (precision == LayerPrecision::int8) slack = std::max(slack, 0.05 * std::sqrt(depth) + size / 100);
      }
    }
    check(near(out, exact, slack), what);
    const OwnLayer own(precision, depth, columns, weights, bias);
    if (precision == LayerPrecision::f32) {
      Floats other = garbage(rows * columns);
      multiply(other.data(), left.data(), weights.data(),
               {rows, columns, depth, false, false, bias.data(), Unary::identity, columns});
      check(sameBits(out.data(), other.data(), out.size() * 4), what + " is the product's own bits");
    }
    Floats alone = garbage(columns);
    packedProduct(alone.data(), left.data() + (rows - 1) * depth, 1, own.layer);
    check(sameBits(alone.data(), out.data() + (rows - 1) * columns, alone.size() * 4),
          what + ", a row alone");
    const Sparse mask = randomSparse(numbers, rows, columns);
    std::vector<int32_t> expected(static_cast<size_t>(rows * n)), items(expected.size());
    Floats best = garbage(rows * n), bestOf = best;
    topN(expected.data(), best.data(), n, out.data(), mask.view(columns));
    packedTopN(items.data(), bestOf.data(), n, left.data(), own.layer, mask.view(columns));
    check(items == expected && sameBits(best.data(), bestOf.data(), best.size() * 4), what + ", the best");
  }
  for (const LayerPrecision precision : {LayerPrecision::f32, LayerPrecision::bf16, LayerPrecision::int8}) {
    Floats left = numbers.normal(2 * 8), weights = numbers.normal(8 * 3);
    const Floats bias(3, 0.0f);
    weights[1] = std::numeric_limits<float>::infinity();
    weights[2] = __builtin_nanf("");
    left[3] = __builtin_nanf("");
    const OwnLayer own(precision, 8, 3, weights, bias);
    Floats out = garbage(6);
    packedProduct(out.data(), left.data(), 2, own.layer);
    check(std::isnan(out[0]) && std::isnan(out[1]) && std::isnan(out[2]), "a row with NaN stays one");
    check(std::isfinite(out[3]) && !std::isfinite(out[4]) && std::isnan(out[5]),
          "a column with NaN stays one");
  }
}

uint32_t bitsOf(float x) {
  uint32_t u;
  std::memcpy(&u, &x, 4);
  return u;
}

/** Unpacking gives the packed weights, or the nearest values of the precision. */
void testUnpacked(Numbers& numbers) {
  for (const int64_t columns : {1, 7, 31, 32, 33, 97, 2050}) {
    for (const int64_t depth : {1, 2, 3, 4, 5, 17, 200}) {
      const std::string what = "unpacked " + std::to_string(depth) + " x " + std::to_string(columns);
      Floats weights = numbers.normal(depth * columns);
      const Floats bias = numbers.normal(columns);
      if (columns > 1) weights[1] = __builtin_nanf("37");
      const auto unpacked = [&](LayerPrecision precision) {
        return anyThreads(what, [&] {
          const OwnLayer own(precision, depth, columns, weights, bias);
          Floats result = garbage(depth * columns);
          unpackLayer(result.data(), own.layer);
          return result;
        });
      };
      const Floats f32 = unpacked(LayerPrecision::f32);
      check(sameBits(f32.data(), weights.data(), f32.size() * 4), what + ": the same bits");
      const Floats bf16 = unpacked(LayerPrecision::bf16), int8 = unpacked(LayerPrecision::int8);
      for (int64_t c = 0; c < columns; c++) {
        float largest = 0;
        for (int64_t k = 0; k < depth; k++) largest = std::max(largest, std::fabs(weights[k * columns + c]));
        const bool isNumber = c != 1;
        for (int64_t k = 0; k < depth; k++) {
          const int64_t at = k * columns + c;
          if (!isNumber) {
            check(std::isnan(bf16[at]) == std::isnan(weights[at]) && std::isnan(int8[at]), what + ": NaN");
            continue;
          }
          check((bitsOf(bf16[at]) & 0xffffu) == 0 &&
                    std::fabs(bf16[at] - weights[at]) <= std::fabs(weights[at]) / 256,
                what + " from bf16");
          // Half a step; the largest weight has 127 steps.
          check(std::fabs(int8[at] - weights[at]) <= largest / 254 * 1.00001f, what + " from int8");
        }
      }
      // Rounded weights do not change when packed again.
      const OwnLayer again(LayerPrecision::bf16, depth, columns, bf16, bias);
      Floats twice = garbage(depth * columns);
      unpackLayer(twice.data(), again.layer);
      check(sameBits(twice.data(), bf16.data(), twice.size() * 4), what + " from bf16 twice");
    }
  }
}

/** `count` values as whole numbers from -127 to 127 of the returned step, which 127 times is the largest of them. */
float stepsOf(const float* x, int64_t count, int64_t stride, std::vector<int64_t>& steps) {
  float largest = 0;
  for (int64_t k = 0; k < count; k++) largest = std::max(largest, std::fabs(x[k * stride]));
  const float step = largest / 127;
  steps.clear();
  for (int64_t k = 0; k < count; k++) steps.push_back(std::lrint(x[k * stride] / step));
  return step;
}

/** int8 computes with integers, so every instruction set gives the sum of products of whole numbers of steps. */
void testInt8Bits(Numbers& numbers) {
  const int64_t rows = 14, columns = 70, depth = 203;
  // Columns that are mostly above zero: what is added to the left operand and taken off again is large.
  const Floats left = numbers.normal(rows * depth);
  const Floats bias = numbers.normal(columns);
  Floats weights = numbers.normal(depth * columns);
  for (float& weight : weights) weight += 1;
  std::vector<double> exact;
  std::vector<int64_t> mine, others;
  for (int64_t r = 0; r < rows; r++) {
    const double step = stepsOf(left.data() + r * depth, depth, 1, mine);
    for (int64_t c = 0; c < columns; c++) {
      const double other = stepsOf(weights.data() + c, depth, columns, others);
      int64_t sum = 0;
      for (size_t k = 0; k < mine.size(); k++) sum += mine[k] * others[k];
      exact.push_back(static_cast<double>(sum) * step * other + bias[static_cast<size_t>(c)]);
    }
  }
  for (const Kernels* one : availableKernels()) {
    chooseKernels(one->name);
    const OwnLayer own(LayerPrecision::int8, depth, columns, weights, bias);
    Floats out = garbage(rows * columns);
    packedProduct(out.data(), left.data(), rows, own.layer);
    check(near(out, exact, 5e-5), std::string("int8 on ") + one->name);
  }
}

void testLayout(Numbers& numbers) {
  for (const int64_t rows : {1, 3, 4, 63, 64, 65, 130}) {
    for (const int64_t columns : {1, 2, 5, 8, 64, 67}) {
      const Floats x = numbers.normal(rows * columns);
      const int order[maxRank] = {0, 1, 3, 2};
      const Floats out = anyThreads("transpose", [&] {
        Floats result = garbage(rows * columns);
        permute(result.data(), x.data(), {{1, 1, rows, columns}}, order);
        return result;
      });
      bool isRight = true;
      for (int64_t i = 0; i < rows * columns; i++) {
        isRight &= out[i] == x[i % rows * columns + i / rows];
      }
      check(isRight, "transpose");
      Floats part = garbage(rows * ((columns + 1) / 2));
      slice(part.data(), x.data(), {{1, 1, rows, columns}}, {{0, 0, 0, columns / 2}},
            {{1, 1, rows, columns - columns / 2}});
      check(part.back() == x.back(), "slice");
    }
  }
}

/** The weighted Gram matrix of a few items by looking at every user and every two items. */
std::vector<double> slowGram(const SparseRows& users, const std::vector<int32_t>& items,
                             const Floats& userWeights) {
  const size_t n = items.size();
  std::vector<double> gram(n * n, 0);
  for (int64_t u = 0; u < static_cast<int64_t>(userWeights.size()); u++) {
    for (size_t a = 0; a < n; a++) {
      for (size_t b = 0; b < n; b++) {
        const auto has = [&](int32_t item) {
          return std::find(users.items + users.offsets[item], users.items + users.offsets[item + 1], u) !=
                 users.items + users.offsets[item + 1];
        };
        if (has(items[a]) && has(items[b])) gram[a * n + b] += userWeights[static_cast<size_t>(u)];
      }
    }
  }
  return gram;
}

void testRegressions() {
  Numbers numbers(5);
  for (int round = 0; round < 12; round++) {
    const int64_t userCount = numbers.pick({1, 7, 40}), items = numbers.pick({1, 2, 9, 37});
    std::vector<int32_t> offsets{0}, picks, userOffsets{0}, userItems;
    std::vector<std::vector<int32_t>> byItem(static_cast<size_t>(items));
    for (int32_t u = 0; u < userCount; u++) {
      for (int32_t i = 0; i < items; i++) {
        if (numbers.below(3)) continue;
        picks.push_back(i);
        byItem[static_cast<size_t>(i)].push_back(u);
      }
      offsets.push_back(static_cast<int32_t>(picks.size()));
    }
    for (const auto& list : byItem) {
      userItems.insert(userItems.end(), list.begin(), list.end());
      userOffsets.push_back(static_cast<int32_t>(userItems.size()));
    }
    const SparseRows clicks{offsets.data(), picks.data(), nullptr, userCount, items};
    const SparseRows users{userOffsets.data(), userItems.data(), nullptr, items, userCount};
    const int64_t most = numbers.pick({1, 3, 40});
    const double least = round % 2 ? 0.1 : 0;
    std::vector<int32_t> found(static_cast<size_t>(items * most));
    const Floats strengths = anyThreads("correlatedItems", [&] {
      Floats out = garbage(items * most);
      correlatedItems(found.data(), out.data(), most, clicks, users, 0, items, least);
      return out;
    });
    std::vector<int32_t> candidateOffsets{0}, candidateItems;
    for (int64_t item = 0; item < items; item++) {
      for (int64_t k = 0; k < most; k++) {
        const size_t at = static_cast<size_t>(item * most + k);
        check((found[at] < 0) == (strengths[at] == 0) || strengths[at] >= 0, "a strength belongs to an item");
        check(found[at] != item, "no item correlates with itself");
        check(found[at] < 0 || strengths[at] >= static_cast<float>(least), "no strength is below the least");
        if (found[at] >= 0) candidateItems.push_back(found[at]);
      }
      candidateOffsets.push_back(static_cast<int32_t>(candidateItems.size()));
    }
    const SparseRows candidates{candidateOffsets.data(), candidateItems.data(), nullptr, items, items};
    std::vector<int32_t> kept(static_cast<size_t>(items * items));
    const double lambda = 2, penalty = 0.5;
    Floats userWeights(static_cast<size_t>(userCount));
    for (float& weight : userWeights) weight = 0.25f * static_cast<float>(1 + numbers.below(8));
    const Floats weights = anyThreads("itemRegressions", [&] {
      Floats out = garbage(items * items);
      itemRegressions(kept.data(), out.data(), items, users, userWeights.data(), candidates, 0, lambda,
                      penalty);
      return out;
    });
    // The weights are kept whole, so they must satisfy the equations.
    for (int64_t item = 0; item < items; item++) {
      std::vector<int32_t> chosen(candidateItems.begin() + candidateOffsets[static_cast<size_t>(item)],
                                  candidateItems.begin() + candidateOffsets[static_cast<size_t>(item) + 1]);
      const size_t n = chosen.size();
      chosen.push_back(static_cast<int32_t>(item));
      const std::vector<double> gram = slowGram(users, chosen, userWeights);
      for (size_t a = 0; a < n; a++) {
        double left = 0;
        for (size_t b = 0; b < n; b++) {
          const double g = gram[a * (n + 1) + b];
          left += (a == b ? g * (1 + penalty) + lambda : g) * weights[static_cast<size_t>(item * items) + b];
        }
        check(std::fabs(left - gram[a * (n + 1) + n]) < 1e-3, "the weights solve an item's equations");
      }
    }
  }
}

void testPool() {
  Pool& pool = Pool::shared();
  pool.setThreads(4);
  for (int round = 0; round < 2000; round++) {
    std::atomic<int64_t> sum{0};
    pool.run(round % 17, [&](int64_t i) { sum += i; });
    check(sum == (round % 17) * (round % 17 - 1) / 2, "every task once");
  }
  const std::vector<int64_t> ends{3, 3, 10, 30};
  for (int round = 0; round < 500; round++) {
    std::atomic<int64_t> done{0};
    std::atomic<bool> inOrder{true};
    pool.runPhases(ends, [&](int64_t phase, int64_t) {
      if (phase > 0 && done < ends[phase - 1]) inOrder = false;
      done++;
    });
    check(inOrder && done == 30, "phases in order");
  }
  std::vector<std::thread> callers;
  std::atomic<int64_t> total{0};
  for (int caller = 0; caller < 3; caller++) {
    callers.emplace_back([&] {
      for (int round = 0; round < 300; round++) pool.run(10, [&](int64_t) { total++; });
    });
  }
  for (std::thread& caller : callers) caller.join();
  check(total == 9000, "several callers at once");
  for (int round = 0; round < 400; round++) {
    const int threads = 1 + round * 7 % 4;
    pool.setThreads(threads);
    std::mutex mutex;
    std::set<std::thread::id> workers;
    std::atomic<int64_t> sum{0};
    pool.run(40, [&](int64_t i) {
      sum += i;
      const std::lock_guard<std::mutex> lock(mutex);
      workers.insert(std::this_thread::get_id());
    });
    check(sum == 780 && static_cast<int>(workers.size()) <= threads, "no more threads than were said");
  }
  pool.setThreads(4);
  std::mutex mutex;
  std::set<std::thread::id> workers;
  const auto everyone = [&] {
    std::atomic<int> here{0};
    pool.run(4, [&](int64_t) {
      here++;
      // Each thread takes only one task, because no task ends before all have begun.
      while (here < 4) std::this_thread::yield();
      const std::lock_guard<std::mutex> lock(mutex);
      workers.insert(std::this_thread::get_id());
    });
  };
  everyone();
  pool.setThreads(1);
  pool.run(3, [&](int64_t) {});
  pool.setThreads(4);
  everyone();
  check(workers.size() == 4, "the same threads are wanted again");
}

void testQuota() {
  namespace fs = std::filesystem;
  const fs::path root =
      fs::temp_directory_path() / ("multvae-quota-" + std::to_string(std::random_device{}()));
  const auto write = [&](const std::string& path, const std::string& text) {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  };
  check(cpuQuota(root) == 0, "no cgroups, no quota");
  write("proc/self/cgroup", "0::/pod/box\n");
  write("sys/fs/cgroup/pod/box/cpu.max", "max 100000\n");
  check(cpuQuota(root) == 0, "a group without a limit");
  write("sys/fs/cgroup/pod/cpu.max", "150000 100000\n");
  check(cpuQuota(root) == 1.5, "the limit of the group above");
  write("proc/self/cgroup", "4:cpu,cpuacct:/docker/x\n3:memory:/\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  check(cpuQuota(root) == 0.5, "cgroup v1, seen from inside the container");
  fs::remove_all(root);
  check(availableCores() >= 1, "at least one core");
}

/** From `thinProduct` on, a table holds one function after the other; none may be missing. */
void testTable(const Kernels& table) {
  constexpr size_t first = offsetof(Kernels, thinProduct);
  for (size_t at = first; at < sizeof(Kernels); at += sizeof(void*)) {
    uintptr_t function;
    std::memcpy(&function, reinterpret_cast<const char*>(&table) + at, sizeof function);
    check(function != 0, std::string("the table of ") + table.name + " has every kernel");
  }
}

int runAll() {
  testPool();
  testQuota();
  Numbers numbers(1);
  for (const Kernels* one : availableKernels()) {
    check(chooseKernels(one->name).empty() && &kernels() == one, "an instruction set can be chosen");
    testTable(*one);
    testProduct(one->product, false, numbers);
    testProduct(one->productBf16, true, numbers);
    testBf16Ties(one->productBf16);
    testSparse(numbers);
    testLikelihood(numbers);
    testElementwise(numbers);
    testFunctions(numbers);
    testAdam(numbers);
    testAdamRows(numbers);
    testReductions(numbers);
    testRanking(numbers);
    testPacked(numbers);
    testLayout(numbers);
    testRegressions();
    testGaussian(numbers);
    std::fprintf(stderr, "%s: done\n", one->name);
  }
  if (wideKernels) {
    testProduct(wideKernels()->product, false, numbers);
    testProduct(wideKernels()->productBf16, true, numbers);
    testBf16Ties(wideKernels()->productBf16);
    std::fprintf(stderr, "16-wide tiles without their instructions: done\n");
  }
  testInt8Bits(numbers);
  testUnpacked(numbers);
  check(!chooseKernels("mmx").empty(), "an unknown instruction set is refused");
  Pool::shared().retain();
  Pool::shared().release();
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace multvae

int main() { return multvae::runAll(); }
