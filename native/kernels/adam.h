// The Adam step over a contiguous range.
#pragma once

#include "kernels.h"
#include "vector.h"

KERNELS_BEGIN

INLINE V decayed(V old, V now, float decay) { return decay * old + (1.0f - decay) * now; }

INLINE V moved(const AdamStep& step, V weight, V m, V v) {
  return weight - step.stepSize * m / (squareRoot(v) + step.epsilon);
}

/** m, v and the weights in one pass; all four are read before anything is stored. */
[[maybe_unused]] void adam(float* weight, float* m, float* v, const float* gradient, int64_t n,
                           const AdamStep& step) {
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    const V g = load(gradient + i);
    const V mNew = decayed(load(m + i), g, step.decay1);
    const V vNew = decayed(load(v + i), g * g, step.decay2);
    store(weight + i, moved(step, load(weight + i), mNew, vNew));
    store(m + i, mNew);
    store(v + i, vNew);
  }
  const int64_t rest = n - i;
  if (rest == 0) return;
  const V g = loadPart(gradient + i, rest);
  const V mNew = decayed(loadPart(m + i, rest), g, step.decay1);
  const V vNew = decayed(loadPart(v + i, rest), g * g, step.decay2);
  storePart(weight + i, moved(step, loadPart(weight + i, rest), mNew, vNew), rest);
  storePart(m + i, mNew, rest);
  storePart(v + i, vNew, rest);
}

KERNELS_END
