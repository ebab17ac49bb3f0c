// The left operand of a product with a packed layer.
#pragma once

#include <cstdint>

#include "operations.h"

namespace multvae {

/** Rows in the form that a packed layer takes. A thread has memory for one of these at a time. */
class PackedLeft {
 public:
  PackedLeft(const float* left, int64_t rows, const PackedLayer& layer);

  /** out[rows, stride] from column 32 * panel up to `end`. */
  void multiply(float* out, int64_t stride, int64_t panel, int64_t end) const;

 private:
  const PackedLayer& layer_;
  int64_t rows_;
  const uint32_t* words_;
  const float* scales_;
};

}  // namespace multvae
