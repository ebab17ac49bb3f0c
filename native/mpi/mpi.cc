// The processes of an MPI job, for JavaScript: who they are, and an exchange of bytes between two of them. Every error of
// MPI itself ends the job, as MPI does by default.
#include <mpi.h>
#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace multvae {

namespace {

/** Bytes of one message: MPI counts them in an int. */
constexpr size_t mostBytes = size_t{1} << 30;

/** A typed array of bytes. */
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

void fail(napi_env env, const std::string& message) { napi_throw_error(env, "E_MPI", message.c_str()); }

bool readBytes(napi_env env, napi_value value, Bytes* bytes) {
  bool isTyped = false;
  napi_typedarray_type type;
  napi_value memory;
  size_t offset;
  void* data;
  if (napi_is_typedarray(env, value, &isTyped) != napi_ok || !isTyped) return false;
  if (napi_get_typedarray_info(env, value, &type, &bytes->length, &data, &memory, &offset) != napi_ok) {
    return false;
  }
  bytes->data = static_cast<uint8_t*>(data);
  return type == napi_uint8_array;
}

napi_value number(napi_env env, int value) {
  napi_value result;
  napi_create_int32(env, value, &result);
  return result;
}

/** () -> { rank, size, library }: joins the job. */
napi_value init(napi_env env, napi_callback_info) {
  int isInitialized = 0, provided = 0, rank = 0, size = 1, length = 0;
  MPI_Initialized(&isInitialized);
  if (!isInitialized) MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  char library[MPI_MAX_LIBRARY_VERSION_STRING];
  MPI_Get_library_version(library, &length);
  const std::string name(library, static_cast<size_t>(length));
  napi_value result, text;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "rank", number(env, rank));
  napi_set_named_property(env, result, "size", number(env, size));
  napi_create_string_utf8(env, name.c_str(), name.find_first_of(",\n"), &text);
  napi_set_named_property(env, result, "library", text);
  return result;
}

/** (send, receive, partner): sends bytes to a rank, and receives as many as `receive` holds from it. */
napi_value exchange(napi_env env, napi_callback_info info) {
  napi_value arguments[3];
  size_t count = 3;
  Bytes send, receive;
  int32_t partner = 0, size = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  if (count < 3 || !readBytes(env, arguments[0], &send) || !readBytes(env, arguments[1], &receive) ||
      napi_get_value_int32(env, arguments[2], &partner) != napi_ok) {
    fail(env, "exchange takes two arrays of bytes and a rank");
    return nullptr;
  }
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (partner < 0 || partner >= size) {
    fail(env, "there is no rank " + std::to_string(partner));
    return nullptr;
  }
  const size_t longest = std::max(send.length, receive.length);
  for (size_t at = 0; at < longest; at += mostBytes) {
    const size_t sent = at < send.length ? std::min(mostBytes, send.length - at) : 0;
    const size_t received = at < receive.length ? std::min(mostBytes, receive.length - at) : 0;
    MPI_Sendrecv(send.data + at, static_cast<int>(sent), MPI_BYTE, partner, 0, receive.data + at,
                 static_cast<int>(received), MPI_BYTE, partner, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
  return nullptr;
}

/** (): leaves the job. Every rank must. */
napi_value finalize(napi_env, napi_callback_info) {
  MPI_Finalize();
  return nullptr;
}

/** (code): ends all processes of the job. */
napi_value abort(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  int32_t code = 1;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  napi_get_value_int32(env, argument, &code);
  MPI_Abort(MPI_COMM_WORLD, code);
  return nullptr;
}

void define(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

}  // namespace multvae

NAPI_MODULE_INIT() {
  multvae::define(env, exports, "init", multvae::init);
  multvae::define(env, exports, "exchange", multvae::exchange);
  multvae::define(env, exports, "finalize", multvae::finalize);
  multvae::define(env, exports, "abort", multvae::abort);
  return exports;
}
