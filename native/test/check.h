// The shared parts of the kernel tests: an exit code, seeded numbers, guarded buffers.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace multvae {

inline int failures = 0;

inline void check(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  failures++;
}

class Numbers {
 public:
  explicit Numbers(uint32_t seed) : engine_(seed) {}

  int64_t below(int64_t bound) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(bound)); }
  int64_t pick(std::initializer_list<int64_t> values) {
    return values.begin()[below(static_cast<int64_t>(values.size()))];
  }

  std::vector<float> normal(int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& x : values) x = distribution_(engine_);
    return values;
  }

 private:
  std::mt19937 engine_;
  std::normal_distribution<float> distribution_;
};

/** Each vector has its own heap block, so the sanitizer sees a step beyond its end. */
using Floats = std::vector<float>;

inline Floats garbage(int64_t count) { return Floats(static_cast<size_t>(count), __builtin_nanf("")); }

inline bool near(const Floats& a, const std::vector<double>& b, double slack) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if (!(a[i] - b[i] <= slack && b[i] - a[i] <= slack)) return false;
  }
  return true;
}

inline bool sameBits(const void* a, const void* b, size_t bytes) {
  return bytes == 0 || std::memcmp(a, b, bytes) == 0;
}

}  // namespace multvae
