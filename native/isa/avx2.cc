// AVX2 and FMA: 16 registers of 8 floats, 12 of them accumulators.
#define MULTVAE_SPACE avx2
#define MULTVAE_WIDTH 8
#define MULTVAE_TILE_ROWS 6
#define MULTVAE_TILE_VECTORS 2
#include "../kernels/table.h"

namespace multvae {
extern const Kernels avx2Kernels;
constexpr Kernels avx2Kernels = avx2::kernelTable("avx2");
}  // namespace multvae
