#include "arguments.h"

namespace multvae {

namespace {

/** (op, x, out, outer, n, inner) */
void reduceAxis(Arguments& a) {
  const int64_t op = a.integer(0, "op", 0, static_cast<int64_t>(Reduction::count) - 1);
  const int64_t outer = a.size(3, "outer"), n = a.size(4, "n"), inner = a.size(5, "inner");
  const Buffer<float> x = a.floats(1, "x", elements(a, outer, n, inner));
  const Buffer<float> out = a.floats(2, "out", elements(a, outer, inner));
  requireApart(a, out, x);
  reduce(static_cast<Reduction>(op), out.data, x.data, outer, n, inner);
}

/** (x, out, rows, columns); out may be x. */
template <void (*Operation)(float*, const float*, int64_t, int64_t)>
void mapRows(Arguments& a) {
  const int64_t rows = a.size(2, "rows"), columns = a.size(3, "columns");
  const Buffer<float> x = a.floats(0, "x", elements(a, rows, columns));
  const Buffer<float> out = a.floats(1, "out", x.length);
  requireSameOrApart(a, out, x);
  Operation(out.data, x.data, rows, columns);
}

/** (x, gain, bias, epsilon, rows, columns, out, mean, inverseSpread) */
void normalize(Arguments& a) {
  const double epsilon = a.number(3, "epsilon");
  const int64_t rows = a.size(4, "rows"), columns = a.size(5, "columns");
  const Buffer<float> x = a.floats(0, "x", elements(a, rows, columns));
  const Buffer<float> gain = a.floats(1, "gain", columns), bias = a.floats(2, "bias", columns);
  const Buffer<float> out = a.floats(6, "out", x.length);
  const Buffer<float> mean = a.floats(7, "mean", rows);
  const Buffer<float> inverseSpread = a.floats(8, "inverseSpread", rows);
  for (const Buffer<float>& input : {x, gain, bias}) {
    for (const Buffer<float>& output : {out, mean, inverseSpread}) requireApart(a, output, input);
  }
  requireApart(a, out, mean);
  requireApart(a, out, inverseSpread);
  requireApart(a, mean, inverseSpread);
  layerNorm(out.data, mean.data, inverseSpread.data, x.data, gain.data, bias.data,
            static_cast<float>(epsilon), rows, columns);
}

/** (dy, x, gain, mean, inverseSpread, rows, columns, dx, dGain, dBias) */
void normalizeGradient(Arguments& a) {
  const int64_t rows = a.size(5, "rows"), columns = a.size(6, "columns");
  const Buffer<float> dy = a.floats(0, "dy", elements(a, rows, columns));
  const Buffer<float> x = a.floats(1, "x", dy.length), gain = a.floats(2, "gain", columns);
  const Buffer<float> mean = a.floats(3, "mean", rows);
  const Buffer<float> inverseSpread = a.floats(4, "inverseSpread", rows);
  const Buffer<float> dx = a.floats(7, "dx", dy.length), dGain = a.floats(8, "dGain", columns);
  const Buffer<float> dBias = a.floats(9, "dBias", columns);
  for (const Buffer<float>& input : {dy, x, gain, mean, inverseSpread}) {
    for (const Buffer<float>& output : {dx, dGain, dBias}) requireApart(a, output, input);
  }
  requireApart(a, dx, dGain);
  requireApart(a, dx, dBias);
  requireApart(a, dGain, dBias);
  layerNormGradient(dx.data, dGain.data, dBias.data, dy.data, x.data, gain.data, mean.data,
                    inverseSpread.data, rows, columns);
}

}  // namespace

const std::vector<Export> reductionExports = {
    {"reduce", 6, reduceAxis},       {"softmax", 4, mapRows<softmax>},
    {"logSoftmax", 4, mapRows<logSoftmax>}, {"layerNorm", 9, normalize},
    {"layerNormGradient", 10, normalizeGradient}};

}  // namespace multvae
