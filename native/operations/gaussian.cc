// The latent Gaussian over whole matrices.
#include "../isa/select.h"
#include "../threads/pool.h"
#include "operations.h"

namespace multvae {

namespace {

/** Elements of a task: fewer than for plain functions of each element, because of exp. */
constexpr int64_t grain = 1 << 13;

}  // namespace

void sampleCode(float* out, const float* mu, const float* logvar, const float* noise, int64_t n) {
  Pool::shared().ranges(n, grain, [=](int64_t begin, int64_t end) {
    kernels().sampleCode(out + begin, mu + begin, logvar + begin, noise + begin, end - begin);
  });
}

void sampleCodeGradient(float* dLogvar, const float* dy, const float* logvar, const float* noise, int64_t n) {
  Pool::shared().ranges(n, grain, [=](int64_t begin, int64_t end) {
    kernels().sampleCodeGradient(dLogvar + begin, dy + begin, logvar + begin, noise + begin, end - begin);
  });
}

void divergence(float* out, const float* mu, const float* logvar, int64_t rows, int64_t columns) {
  Pool::shared().ranges(rows, rowsPerTask(4 * columns), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      out[r] = kernels().divergence(mu + r * columns, logvar + r * columns, columns);
    }
  });
}

void divergenceGradient(float* dMu, float* dLogvar, const float* mu, const float* logvar, const float* dy,
                        int64_t rows, int64_t columns) {
  Pool::shared().ranges(rows, rowsPerTask(4 * columns), [=](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; r++) {
      const int64_t at = r * columns;
      kernels().divergenceGradient(dMu + at, dLogvar + at, mu + at, logvar + at, dy[r], columns);
    }
  });
}

}  // namespace multvae
