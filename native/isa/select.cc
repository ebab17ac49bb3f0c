#include "select.h"

#include <atomic>

namespace multvae {

namespace {

const char* const knownNames[] = {"portable", "avx2", "avx512", "avx512bf16", "neon"};

#if defined(__x86_64__)
const Kernels& avx512Bf16Kernels() {
  static const Kernels table = [] {
    Kernels copy = avx512Kernels;
    copy.name = "avx512bf16";
    copy.productBf16 = avx512Bf16Product;
    copy.hasBf16 = true;
    return copy;
  }();
  return table;
}
#endif

std::vector<const Kernels*> detect() {
  std::vector<const Kernels*> found;
#if defined(__x86_64__)
  // These ask the processor, and the operating system whether it saves the registers.
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  if (avx512 && __builtin_cpu_supports("avx512bf16")) found.push_back(&avx512Bf16Kernels());
  if (avx512) found.push_back(&avx512Kernels);
  if (avx2) found.push_back(&avx2Kernels);
#elif defined(__aarch64__)
  found.push_back(&neonKernels);
#endif
  found.push_back(&portableKernels);
  return found;
}

std::atomic<const Kernels*> chosen{nullptr};

}  // namespace

const std::vector<const Kernels*>& availableKernels() {
  static const std::vector<const Kernels*> available = detect();
  return available;
}

const Kernels& kernels() {
  const Kernels* now = chosen.load(std::memory_order_acquire);
  return now ? *now : *availableKernels().front();
}

std::string chooseKernels(const std::string& name) {
  std::string list;
  for (const Kernels* one : availableKernels()) {
    if (name == one->name) {
      chosen.store(one, std::memory_order_release);
      return "";
    }
    list += (list.empty() ? "" : ", ") + std::string(one->name);
  }
  for (const char* known : knownNames) {
    if (name == known) return "this processor has no " + name + "; it has " + list;
  }
  return "\"" + name + "\" is not an instruction set; it must be one of " + list;
}

}  // namespace multvae
