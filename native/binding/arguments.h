// Checked arguments from JavaScript. A function reads its numbers and shapes before its buffers, because reading
// a shape may run JavaScript, which could detach a buffer whose address was already taken.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <string>
#include <vector>

#include "../operations/operations.h"

namespace multvae {

/** An argument broke a rule. The message names the argument, the rule and the value. */
struct ArgumentError {
  std::string message;
};

/** A typed array's memory. */
template <class T>
struct Buffer {
  T* data;
  int64_t length;
  std::string name;
};

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info, const char* function, size_t count);

  napi_env env() const { return env_; }

  int64_t integer(size_t index, const char* name, int64_t min, int64_t max);
  /** A dimension: 0 .. 2^31 - 1. */
  int64_t size(size_t index, const char* name);
  double number(size_t index, const char* name);
  bool boolean(size_t index, const char* name);
  std::string text(size_t index, const char* name);
  /** An array of up to four dimensions, aligned to the right. @param rank - receives its length */
  Shape shape(size_t index, const char* name, int* rank = nullptr);
  /** An array of integers. */
  std::vector<int64_t> integers(size_t index, const char* name, int64_t min, int64_t max);
  bool isNull(size_t index);

  /** A Float32Array of exactly `length` elements. */
  Buffer<float> floats(size_t index, const char* name, int64_t length);
  Buffer<float> floats(size_t index, const char* name);
  /** The same; null and undefined give an empty buffer. */
  Buffer<float> optionalFloats(size_t index, const char* name, int64_t length);
  Buffer<int32_t> int32s(size_t index, const char* name, int64_t length);
  Buffer<int32_t> int32s(size_t index, const char* name);

  [[noreturn]] void fail(const std::string& what) const;

 private:
  void* typedArray(size_t index, const char* name, napi_typedarray_type type, const char* typeName,
                   int64_t* length);

  napi_env env_;
  const char* function_;
  std::vector<napi_value> values_;
};

/** The product of sizes. Refuses one that no buffer can hold. */
int64_t elements(const Arguments& arguments, int64_t a, int64_t b, int64_t c = 1);

bool overlaps(const void* a, int64_t aBytes, const void* b, int64_t bBytes);

/** Refuses an output that shares memory with another buffer. */
template <class T, class U>
void requireApart(const Arguments& arguments, const Buffer<T>& out, const Buffer<U>& other) {
  if (overlaps(out.data, out.length * static_cast<int64_t>(sizeof(T)), other.data,
               other.length * static_cast<int64_t>(sizeof(U)))) {
    arguments.fail(out.name + " shares memory with " + other.name + "; it must not");
  }
}

/** Refuses an output that overlaps an input, unless it is that input. */
inline void requireSameOrApart(const Arguments& arguments, const Buffer<float>& out,
                               const Buffer<float>& other) {
  if (out.data == other.data && out.length == other.length) return;
  requireApart(arguments, out, other);
}

/** Compressed sparse rows. Checks every offset and every item index. */
SparseRows sparseRows(const Arguments& arguments, const Buffer<int32_t>& offsets,
                      const Buffer<int32_t>& items, const Buffer<float>& values, int64_t rows,
                      int64_t columns);

using Method = void (*)(Arguments& arguments);

/** A function for JavaScript. An ArgumentError of `method` becomes an error with a code. */
struct Export {
  const char* name;
  size_t arguments;
  Method method;
};

extern const std::vector<Export> productExports;
extern const std::vector<Export> sparseExports;
extern const std::vector<Export> rankingExports;
extern const std::vector<Export> elementwiseExports;
extern const std::vector<Export> reductionExports;
extern const std::vector<Export> layoutExports;
extern const std::vector<Export> regressionExports;
extern const std::vector<Export> sweepExports;
extern const std::vector<Export> gaussianExports;
extern const std::vector<Export> packedExports;

}  // namespace multvae
