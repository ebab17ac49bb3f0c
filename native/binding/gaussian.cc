// The latent Gaussian for JavaScript: noise, samples, divergence.
#include "arguments.h"

namespace multvae {

namespace {

/** (out, state): pairs of standard normals; the state moves on. */
void callNormals(Arguments& a) {
  const Buffer<int32_t> state = a.int32s(1, "state", 4);
  const Buffer<float> out = a.floats(0, "out");
  if (out.length % 2 != 0) a.fail("out has " + std::to_string(out.length) + " elements; they must be pairs");
  if ((state.data[0] | state.data[1] | state.data[2] | state.data[3]) == 0) {
    a.fail("state is all zero, from which nothing can be drawn");
  }
  requireApart(a, out, state);
  normals(out.data, out.length / 2, reinterpret_cast<uint32_t*>(state.data));
}

/** (out, mu, logvar, noise) */
void callSampleCode(Arguments& a) {
  const Buffer<float> mu = a.floats(1, "mu"), logvar = a.floats(2, "logvar", mu.length);
  const Buffer<float> noise = a.floats(3, "noise", mu.length), out = a.floats(0, "out", mu.length);
  for (const Buffer<float>& input : {mu, logvar, noise}) requireApart(a, out, input);
  sampleCode(out.data, mu.data, logvar.data, noise.data, mu.length);
}

/** (dLogvar, dy, logvar, noise) */
void callSampleCodeGradient(Arguments& a) {
  const Buffer<float> dy = a.floats(1, "dy"), logvar = a.floats(2, "logvar", dy.length);
  const Buffer<float> noise = a.floats(3, "noise", dy.length);
  const Buffer<float> dLogvar = a.floats(0, "dLogvar", dy.length);
  for (const Buffer<float>& input : {dy, logvar, noise}) requireApart(a, dLogvar, input);
  sampleCodeGradient(dLogvar.data, dy.data, logvar.data, noise.data, dy.length);
}

/** (out, mu, logvar, rows, columns) */
void callDivergence(Arguments& a) {
  const int64_t rows = a.size(3, "rows"), columns = a.size(4, "columns");
  const Buffer<float> mu = a.floats(1, "mu", elements(a, rows, columns));
  const Buffer<float> logvar = a.floats(2, "logvar", mu.length), out = a.floats(0, "out", rows);
  for (const Buffer<float>& input : {mu, logvar}) requireApart(a, out, input);
  divergence(out.data, mu.data, logvar.data, rows, columns);
}

/** (dMu, dLogvar, mu, logvar, dy, rows, columns) */
void callDivergenceGradient(Arguments& a) {
  const int64_t rows = a.size(5, "rows"), columns = a.size(6, "columns");
  const Buffer<float> dy = a.floats(4, "dy", rows);
  const Buffer<float> mu = a.floats(2, "mu", elements(a, rows, columns));
  const Buffer<float> logvar = a.floats(3, "logvar", mu.length);
  const Buffer<float> dMu = a.floats(0, "dMu", mu.length), dLogvar = a.floats(1, "dLogvar", mu.length);
  for (const Buffer<float>& input : {dy, mu, logvar}) {
    for (const Buffer<float>& out : {dMu, dLogvar}) requireApart(a, out, input);
  }
  requireApart(a, dMu, dLogvar);
  divergenceGradient(dMu.data, dLogvar.data, mu.data, logvar.data, dy.data, rows, columns);
}

}  // namespace

const std::vector<Export> gaussianExports = {
    {"normals", 2, callNormals},
    {"sampleCode", 4, callSampleCode},
    {"sampleCodeGradient", 4, callSampleCodeGradient},
    {"divergence", 5, callDivergence},
    {"divergenceGradient", 7, callDivergenceGradient},
};

}  // namespace multvae
