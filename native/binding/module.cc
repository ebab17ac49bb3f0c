// The module that Node loads: the functions, the choice of an instruction set, the number of threads.
#include <cstdlib>
#include <new>

#include "../isa/select.h"
#include "../threads/cores.h"
#include "../threads/pool.h"
#include "arguments.h"

namespace multvae {

namespace {

napi_value call(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  if (napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data) != napi_ok) return nullptr;
  const Export& function = *static_cast<const Export*>(data);
  try {
    Arguments arguments(env, info, function.name, function.arguments);
    function.method(arguments);
  } catch (const ArgumentError& error) {
    // A getter of an argument may have thrown. Then its error stands.
    bool isPending = false;
    napi_is_exception_pending(env, &isPending);
    if (!isPending) napi_throw_error(env, "E_NATIVE_ARGUMENT", error.message.c_str());
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "E_NATIVE_MEMORY", "the working memory of a native kernel cannot be had");
  }
  return nullptr;
}

/** (name) */
void setIsa(Arguments& a) {
  const std::string problem = chooseKernels(a.text(0, "name"));
  if (!problem.empty()) a.fail(problem);
}

/** (count) */
void setThreads(Arguments& a) {
  const int64_t count = a.integer(0, "count", 1, 256);
  Pool::shared().setThreads(static_cast<int>(count));
}

const std::vector<Export> moduleExports = {{"setIsa", 1, setIsa}, {"setThreads", 1, setThreads}};

void setText(napi_env env, napi_value object, const char* key, const char* text) {
  napi_value value;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  napi_set_named_property(env, object, key, value);
}

void setNumber(napi_env env, napi_value object, const char* key, int number) {
  napi_value value;
  napi_create_int32(env, number, &value);
  napi_set_named_property(env, object, key, value);
}

/** The state of the addon: { isa, isas, bf16, threads, cores }. */
napi_value info(napi_env env, napi_callback_info) {
  napi_value result, list, hasBf16;
  napi_create_object(env, &result);
  napi_create_array(env, &list);
  uint32_t count = 0;
  for (const Kernels* one : availableKernels()) {
    napi_value name;
    napi_create_string_utf8(env, one->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, list, count++, name);
  }
  setText(env, result, "isa", kernels().name);
  napi_set_named_property(env, result, "isas", list);
  napi_get_boolean(env, kernels().hasBf16, &hasBf16);
  napi_set_named_property(env, result, "bf16", hasBf16);
  setNumber(env, result, "threads", Pool::shared().threads());
  setNumber(env, result, "cores", availableCores());
  return result;
}

bool addFunction(napi_env env, napi_value exports, const char* name, napi_callback callback,
                 const Export* data) {
  napi_value function;
  return napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, const_cast<Export*>(data), &function) ==
             napi_ok &&
         napi_set_named_property(env, exports, name, function) == napi_ok;
}

napi_value initialize(napi_env env, napi_value exports) {
  const char* wanted = std::getenv("MULTVAE_ISA");
  if (wanted && *wanted) {
    const std::string problem = chooseKernels(wanted);
    if (!problem.empty()) {
      napi_throw_error(env, "E_NATIVE_ARGUMENT", ("MULTVAE_ISA: " + problem).c_str());
      return nullptr;
    }
  }
  Pool::shared().retain();
  if (napi_add_env_cleanup_hook(env, [](void*) { Pool::shared().release(); }, nullptr) != napi_ok) {
    Pool::shared().release();
    return nullptr;
  }
  for (const std::vector<Export>* list :
       {&moduleExports, &productExports, &sparseExports, &rankingExports, &packedExports, &elementwiseExports,
        &reductionExports, &gaussianExports, &layoutExports, &sweepExports, &regressionExports}) {
    for (const Export& one : *list) {
      if (!addFunction(env, exports, one.name, call, &one)) return nullptr;
    }
  }
  if (!addFunction(env, exports, "info", info, nullptr)) return nullptr;
  return exports;
}

}  // namespace

}  // namespace multvae

NAPI_MODULE_INIT() { return multvae::initialize(env, exports); }
