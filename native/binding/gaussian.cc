#include "arguments.h"

namespace multvae {

namespace {

/** (state, out): pairs of standard normals; the state moves on. */
void drawNormals(Arguments& a) {
  const Buffer<int32_t> state = a.int32s(0, "state", 4);
  const Buffer<float> out = a.floats(1, "out");
  if (out.length % 2 != 0) a.fail("out has " + std::to_string(out.length) + " elements; they must be pairs");
  if ((state.data[0] | state.data[1] | state.data[2] | state.data[3]) == 0) {
    a.fail("state is all zero, from which nothing can be drawn");
  }
  requireApart(a, out, state);
  normals(reinterpret_cast<uint32_t*>(state.data), out.data, out.length / 2);
}

/** (mu, logvar, noise, out) */
void sample(Arguments& a) {
  const Buffer<float> mu = a.floats(0, "mu"), logvar = a.floats(1, "logvar", mu.length);
  const Buffer<float> noise = a.floats(2, "noise", mu.length), out = a.floats(3, "out", mu.length);
  for (const Buffer<float>& input : {mu, logvar, noise}) requireApart(a, out, input);
  sampleCode(out.data, mu.data, logvar.data, noise.data, mu.length);
}

/** (dy, logvar, noise, dLogvar) */
void sampleGradient(Arguments& a) {
  const Buffer<float> dy = a.floats(0, "dy"), logvar = a.floats(1, "logvar", dy.length);
  const Buffer<float> noise = a.floats(2, "noise", dy.length);
  const Buffer<float> dLogvar = a.floats(3, "dLogvar", dy.length);
  for (const Buffer<float>& input : {dy, logvar, noise}) requireApart(a, dLogvar, input);
  sampleCodeGradient(dLogvar.data, dy.data, logvar.data, noise.data, dy.length);
}

/** (mu, logvar, rows, columns, out) */
void gaussianDivergence(Arguments& a) {
  const int64_t rows = a.size(2, "rows"), columns = a.size(3, "columns");
  const Buffer<float> mu = a.floats(0, "mu", elements(a, rows, columns));
  const Buffer<float> logvar = a.floats(1, "logvar", mu.length), out = a.floats(4, "out", rows);
  for (const Buffer<float>& input : {mu, logvar}) requireApart(a, out, input);
  divergence(out.data, mu.data, logvar.data, rows, columns);
}

/** (dy, mu, logvar, rows, columns, dMu, dLogvar) */
void gaussianDivergenceGradient(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), columns = a.size(4, "columns");
  const Buffer<float> dy = a.floats(0, "dy", rows);
  const Buffer<float> mu = a.floats(1, "mu", elements(a, rows, columns));
  const Buffer<float> logvar = a.floats(2, "logvar", mu.length);
  const Buffer<float> dMu = a.floats(5, "dMu", mu.length), dLogvar = a.floats(6, "dLogvar", mu.length);
  for (const Buffer<float>& input : {dy, mu, logvar}) {
    for (const Buffer<float>& out : {dMu, dLogvar}) requireApart(a, out, input);
  }
  requireApart(a, dMu, dLogvar);
  divergenceGradient(dMu.data, dLogvar.data, mu.data, logvar.data, dy.data, rows, columns);
}

}  // namespace

const std::vector<Export> gaussianExports = {
    {"normals", 2, drawNormals},
    {"sampleCode", 4, sample},
    {"sampleCodeGradient", 4, sampleGradient},
    {"divergence", 5, gaussianDivergence},
    {"divergenceGradient", 7, gaussianDivergenceGradient},
};

}  // namespace multvae
