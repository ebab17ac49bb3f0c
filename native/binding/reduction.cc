// Reductions, softmax and layer normalisation for JavaScript.
#include "arguments.h"

namespace multvae {

namespace {

/** (out, op, x, outer, n, inner) */
void callReduce(Arguments& a) {
  const int64_t op = a.integer(1, "op", 0, static_cast<int64_t>(Reduction::count) - 1);
  const int64_t outer = a.size(3, "outer"), n = a.size(4, "n"), inner = a.size(5, "inner");
  const Buffer<float> x = a.floats(2, "x", elements(a, outer, n, inner));
  const Buffer<float> out = a.floats(0, "out", elements(a, outer, inner));
  requireApart(a, out, x);
  reduce(out.data, static_cast<Reduction>(op), x.data, outer, n, inner);
}

/** (out, x, rows, columns); out may be x. */
template <void (*Operation)(float*, const float*, int64_t, int64_t)>
void callOnRows(Arguments& a) {
  const int64_t rows = a.size(2, "rows"), columns = a.size(3, "columns");
  const Buffer<float> x = a.floats(1, "x", elements(a, rows, columns));
  const Buffer<float> out = a.floats(0, "out", x.length);
  requireSameOrApart(a, out, x);
  Operation(out.data, x.data, rows, columns);
}

/** (out, mean, inverseSpread, x, gain, bias, epsilon, rows, columns) */
void callLayerNorm(Arguments& a) {
  const double epsilon = a.number(6, "epsilon");
  const int64_t rows = a.size(7, "rows"), columns = a.size(8, "columns");
  const Buffer<float> x = a.floats(3, "x", elements(a, rows, columns));
  const Buffer<float> gain = a.floats(4, "gain", columns), bias = a.floats(5, "bias", columns);
  const Buffer<float> out = a.floats(0, "out", x.length);
  const Buffer<float> mean = a.floats(1, "mean", rows);
  const Buffer<float> inverseSpread = a.floats(2, "inverseSpread", rows);
  for (const Buffer<float>& input : {x, gain, bias}) {
    for (const Buffer<float>& output : {out, mean, inverseSpread}) requireApart(a, output, input);
  }
  requireApart(a, out, mean);
  requireApart(a, out, inverseSpread);
  requireApart(a, mean, inverseSpread);
  layerNorm(out.data, mean.data, inverseSpread.data, x.data, gain.data, bias.data,
            static_cast<float>(epsilon), rows, columns);
}

/** (dx, dGain, dBias, dy, x, gain, mean, inverseSpread, rows, columns) */
void callLayerNormGradient(Arguments& a) {
  const int64_t rows = a.size(8, "rows"), columns = a.size(9, "columns");
  const Buffer<float> dy = a.floats(3, "dy", elements(a, rows, columns));
  const Buffer<float> x = a.floats(4, "x", dy.length), gain = a.floats(5, "gain", columns);
  const Buffer<float> mean = a.floats(6, "mean", rows);
  const Buffer<float> inverseSpread = a.floats(7, "inverseSpread", rows);
  const Buffer<float> dx = a.floats(0, "dx", dy.length), dGain = a.floats(1, "dGain", columns);
  const Buffer<float> dBias = a.floats(2, "dBias", columns);
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
    {"reduce", 6, callReduce},
    {"softmax", 4, callOnRows<softmax>},
    {"logSoftmax", 4, callOnRows<logSoftmax>},
    {"layerNorm", 9, callLayerNorm},
    {"layerNormGradient", 10, callLayerNormGradient},
};

}  // namespace multvae
