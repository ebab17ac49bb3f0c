// Finds the instruction sets of this processor and chooses one.
#include "select.h"

#include <atomic>

namespace multvae {

namespace {

const char* const knownNames[] = {"portable", "avx2", "avx512", "avx512bf16", "neon"};

#if defined(__x86_64__)
/** AVX-512 with the extensions that the processor also has. */
Kernels avx512With(bool bf16, bool vnni) {
  Kernels table = avx512Kernels;
  const auto panel = [&](LayerPrecision precision) -> PanelProduct& {
    return table.panelProducts[static_cast<int>(precision)];
  };
  if (vnni) panel(LayerPrecision::int8) = avx512VnniPanel;
  if (bf16) {
    table.name = "avx512bf16";
    table.productBf16 = avx512Bf16Product;
    table.hasBf16 = true;
    panel(LayerPrecision::bf16) = avx512Bf16Panel;
  }
  return table;
}
#endif

std::vector<const Kernels*> detect() {
  std::vector<const Kernels*> found;
#if defined(__x86_64__)
  // These ask the processor, and ask the operating system whether it saves the registers.
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const bool vnni = __builtin_cpu_supports("avx512vnni");
  static const Kernels withBf16 = avx512With(true, vnni), without = avx512With(false, vnni);
  if (avx512 && __builtin_cpu_supports("avx512bf16")) found.push_back(&withBf16);
  if (avx512) found.push_back(&without);
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
