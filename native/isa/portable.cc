// The instructions that every processor of the architecture has: SSE2 on x86-64.
#define MULTVAE_SPACE portable
#define MULTVAE_WIDTH 4
#define MULTVAE_TILE_ROWS 4
#define MULTVAE_TILE_VECTORS 2
#include "../kernels/table.h"

namespace multvae {
extern const Kernels portableKernels;
constexpr Kernels portableKernels = portable::kernelTable("portable");
}  // namespace multvae
