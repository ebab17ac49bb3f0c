// NEON, which every 64-bit Arm has: 32 registers of 4 floats, 24 of them accumulators.
#define MULTVAE_SPACE neon
#define MULTVAE_WIDTH 4
#define MULTVAE_TILE_ROWS 8
#define MULTVAE_TILE_VECTORS 3
#include "../kernels/table.h"

namespace multvae {
extern const Kernels neonKernels;
constexpr Kernels neonKernels = neon::kernelTable("neon");
}  // namespace multvae
