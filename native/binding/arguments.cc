// Reads and checks arguments from JavaScript.
#include "arguments.h"

#include <cmath>

namespace multvae {

namespace {

std::string formatted(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

constexpr double maxExact = 9007199254740991.0;

}  // namespace

Arguments::Arguments(napi_env env, napi_callback_info info, const char* function, size_t count)
    : env_(env), function_(function), values_(count) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values_.data(), nullptr, nullptr) != napi_ok) {
    fail("its arguments cannot be read");
  }
  if (given != count) {
    fail("takes " + std::to_string(count) + " arguments, not " + std::to_string(given));
  }
}

void Arguments::fail(const std::string& what) const {
  throw ArgumentError{std::string(function_) + ": " + what};
}

double Arguments::number(size_t index, const char* name) {
  double value;
  if (napi_get_value_double(env_, values_[index], &value) != napi_ok) {
    fail(std::string(name) + " must be a number");
  }
  return value;
}

int64_t Arguments::integer(size_t index, const char* name, int64_t min, int64_t max) {
  const double value = number(index, name);
  if (!(value >= static_cast<double>(min) && value <= static_cast<double>(max)) ||
      value != std::floor(value)) {
    fail(std::string(name) + " is " + formatted(value) + "; it must be an integer of " + std::to_string(min) +
         ".." + std::to_string(max));
  }
  return static_cast<int64_t>(value);
}

int64_t Arguments::size(size_t index, const char* name) { return integer(index, name, 0, INT32_MAX); }

bool Arguments::boolean(size_t index, const char* name) {
  bool value;
  if (napi_get_value_bool(env_, values_[index], &value) != napi_ok) {
    fail(std::string(name) + " must be true or false");
  }
  return value;
}

std::string Arguments::text(size_t index, const char* name) {
  char buffer[64];
  size_t length = 0;
  if (napi_get_value_string_utf8(env_, values_[index], buffer, sizeof buffer, &length) != napi_ok) {
    fail(std::string(name) + " must be a string");
  }
  return std::string(buffer, length);
}

std::vector<int64_t> Arguments::integers(size_t index, const char* name, int64_t min, int64_t max) {
  bool isArray = false;
  uint32_t length = 0;
  if (napi_is_array(env_, values_[index], &isArray) != napi_ok || !isArray ||
      napi_get_array_length(env_, values_[index], &length) != napi_ok) {
    fail(std::string(name) + " must be an array");
  }
  if (length > maxRank) {
    fail(std::string(name) + " has " + std::to_string(length) + " dimensions; four is the most");
  }
  std::vector<int64_t> result(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    double value;
    if (napi_get_element(env_, values_[index], i, &element) != napi_ok ||
        napi_get_value_double(env_, element, &value) != napi_ok ||
        !(value >= static_cast<double>(min) && value <= static_cast<double>(max)) ||
        value != std::floor(value)) {
      fail(std::string(name) + "[" + std::to_string(i) + "] must be an integer of " + std::to_string(min) +
           ".." + std::to_string(max));
    }
    result[i] = static_cast<int64_t>(value);
  }
  return result;
}

Shape Arguments::shape(size_t index, const char* name, int* rank) {
  const std::vector<int64_t> sizes = integers(index, name, 0, INT32_MAX);
  Shape shape;
  int64_t total = 1;
  for (size_t i = 0; i < sizes.size(); i++) {
    shape.size[static_cast<size_t>(maxRank) - sizes.size() + i] = sizes[i];
    if (sizes[i] > 0 && static_cast<double>(total) * static_cast<double>(sizes[i]) > maxExact) {
      fail(std::string(name) + " has more elements than a buffer can hold");
    }
    total *= sizes[i];
  }
  if (rank) *rank = static_cast<int>(sizes.size());
  return shape;
}

bool Arguments::isNull(size_t index) {
  napi_valuetype type;
  return napi_typeof(env_, values_[index], &type) == napi_ok && (type == napi_null || type == napi_undefined);
}

void* Arguments::typedArray(size_t index, const char* name, napi_typedarray_type type, const char* typeName,
                            int64_t* length) {
  bool isTyped = false;
  napi_typedarray_type actual;
  size_t count = 0;
  void* data = nullptr;
  napi_value memory;
  size_t offset;
  if (napi_is_typedarray(env_, values_[index], &isTyped) != napi_ok || !isTyped ||
      napi_get_typedarray_info(env_, values_[index], &actual, &count, &data, &memory, &offset) != napi_ok ||
      actual != type) {
    fail(std::string(name) + " must be a " + typeName);
  }
  // Another thread could change shared memory between its check and its use.
  bool isOwn = false;
  if (napi_is_arraybuffer(env_, memory, &isOwn) != napi_ok || !isOwn) {
    fail(std::string(name) + " lies in shared memory; it must lie in an ArrayBuffer");
  }
  bool isDetached = false;
  if (napi_is_detached_arraybuffer(env_, memory, &isDetached) != napi_ok || isDetached) {
    fail(std::string(name) + " is detached");
  }
  void* start = nullptr;
  size_t available = 0;
  const size_t bytes = count * 4;
  if (napi_get_arraybuffer_info(env_, memory, &start, &available) != napi_ok ||
      (bytes > 0 && (data == nullptr || offset > available || bytes > available - offset))) {
    fail(std::string(name) + " reaches beyond its ArrayBuffer");
  }
  *length = static_cast<int64_t>(count);
  return data;
}

Buffer<float> Arguments::floats(size_t index, const char* name) {
  int64_t length;
  void* data = typedArray(index, name, napi_float32_array, "Float32Array", &length);
  return {static_cast<float*>(data), length, name};
}

Buffer<float> Arguments::floats(size_t index, const char* name, int64_t length) {
  const Buffer<float> buffer = floats(index, name);
  if (buffer.length != length) {
    fail(std::string(name) + " has " + std::to_string(buffer.length) + " elements; it must have " +
         std::to_string(length));
  }
  return buffer;
}

Buffer<float> Arguments::optionalFloats(size_t index, const char* name, int64_t length) {
  if (isNull(index)) return {nullptr, 0, name};
  return floats(index, name, length);
}

Buffer<int32_t> Arguments::int32s(size_t index, const char* name) {
  int64_t length;
  void* data = typedArray(index, name, napi_int32_array, "Int32Array", &length);
  return {static_cast<int32_t*>(data), length, name};
}

Buffer<int32_t> Arguments::int32s(size_t index, const char* name, int64_t length) {
  const Buffer<int32_t> buffer = int32s(index, name);
  if (buffer.length != length) {
    fail(std::string(name) + " has " + std::to_string(buffer.length) + " elements; it must have " +
         std::to_string(length));
  }
  return buffer;
}

int64_t elements(const Arguments& arguments, int64_t a, int64_t b, int64_t c) {
  const double total = static_cast<double>(a) * static_cast<double>(b) * static_cast<double>(c);
  if (total > maxExact) arguments.fail("a matrix has more elements than a buffer can hold");
  return a * b * c;
}

bool overlaps(const void* a, int64_t aBytes, const void* b, int64_t bBytes) {
  if (aBytes == 0 || bBytes == 0) return false;
  const uintptr_t x = reinterpret_cast<uintptr_t>(a), y = reinterpret_cast<uintptr_t>(b);
  return x < y + static_cast<uintptr_t>(bBytes) && y < x + static_cast<uintptr_t>(aBytes);
}

SparseRows sparseRows(const Arguments& arguments, const Buffer<int32_t>& offsets,
                      const Buffer<int32_t>& items, const Buffer<float>& values, int64_t rows,
                      int64_t columns) {
  if (offsets.data[0] != 0 || offsets.data[rows] != items.length) {
    arguments.fail(offsets.name + " must begin with 0 and end with " + std::to_string(items.length) +
                   ", the number of " + items.name);
  }
  for (int64_t r = 0; r < rows; r++) {
    if (offsets.data[r + 1] < offsets.data[r]) {
      arguments.fail(offsets.name + "[" + std::to_string(r + 1) + "] is below its predecessor");
    }
  }
  // One comparison an entry, without a branch: as unsigned, a negative index is large.
  const uint32_t bound = static_cast<uint32_t>(columns);
  uint32_t bad = 0;
  for (int64_t k = 0; k < items.length; k++) {
    bad |= static_cast<uint32_t>(items.data[k]) >= bound ? 1u : 0u;
  }
  for (int64_t k = 0; bad && k < items.length; k++) {
    if (static_cast<uint32_t>(items.data[k]) < bound) continue;
    arguments.fail(items.name + "[" + std::to_string(k) + "] is " + std::to_string(items.data[k]) +
                   "; it must be an index below " + std::to_string(columns));
  }
  return {offsets.data, items.data, values.data, rows, columns};
}

}  // namespace multvae
