// AVX-512 F, DQ, BW and VL: 32 registers of 16 floats, 24 of them accumulators.
#define MULTVAE_SPACE avx512
#define MULTVAE_WIDTH 16
#define MULTVAE_TILE_ROWS 12
#define MULTVAE_TILE_VECTORS 2
#include "../kernels/table.h"

namespace multvae {
extern const Kernels avx512Kernels;
constexpr Kernels avx512Kernels = avx512::kernelTable("avx512");
}  // namespace multvae
