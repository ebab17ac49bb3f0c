// Working memory of a thread.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace multvae {

/** Memory that a thread keeps from call to call. Its contents are undefined between calls. */
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::free(data_); }

  template <class T>
  T* atLeast(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes > capacity_) grow(bytes);
    return static_cast<T*>(data_);
  }

 private:
  void grow(size_t bytes) {
    std::free(data_);
    data_ = nullptr;
    capacity_ = 0;
    // Panels are read from end to end many times. Large pages save address translations.
    const size_t page = size_t{1} << 21;
    const size_t alignment = bytes >= page ? page : 64;
    const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
    data_ = std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
    if (!data_) throw std::bad_alloc();
#if defined(__linux__)
    if (bytes >= page) madvise(data_, rounded, MADV_HUGEPAGE);
#endif
    capacity_ = rounded;
  }

  void* data_ = nullptr;
  size_t capacity_ = 0;
};

}  // namespace multvae
