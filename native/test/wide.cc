// AVX-512's geometry (16-wide vectors, its register tiles, its blocks) compiled for the machine's own
// instruction set, so that everything but the instructions is tested where there is no AVX-512.
#define MULTVAE_SPACE wide
#define MULTVAE_WIDTH 16
#define MULTVAE_TILE_ROWS 12
#define MULTVAE_TILE_VECTORS 2
#include "../kernels/table.h"

extern "C" const multvae::Kernels* wideKernels();

extern "C" const multvae::Kernels* wideKernels() {
  static constexpr multvae::Kernels table = multvae::wide::kernelTable("wide");
  return &table;
}
