// All kernels of one instruction set. The including file sets MULTVAE_SPACE, MULTVAE_WIDTH and the tile.
#pragma once

#include "adam.h"
#include "elementwise.h"
#include "gaussian.h"
#include "kernels.h"
#include "layer-norm.h"
#include "panel.h"
#include "product.h"
#include "ranking.h"
#include "reduction.h"
#include "softmax.h"
#include "sparse.h"
#include "transpose.h"

KERNELS_BEGIN

constexpr Kernels kernelTable(const char* name) {
  return {name,
          productKernel<F32Unit, 1, MULTVAE_TILE_ROWS, MULTVAE_TILE_VECTORS>(),
          productKernel<Bf16Emulated, 2, MULTVAE_TILE_ROWS, MULTVAE_TILE_VECTORS>(),
          false,
          {panelProduct<F32Panel, MULTVAE_TILE_ROWS>, panelProduct<Bf16Panel<Bf16Emulated>, MULTVAE_TILE_ROWS>,
           panelProduct<Int8Panel<Int8Dot>, MULTVAE_TILE_ROWS>},
          thinProduct,
          unaryRange,
          binaryRange,
          fillRange,
          adamRange,
          reduceRow,
          reduceColumns,
          logSumParts,
          expScaledRange,
          layerNormRow,
          layerNormInputGradientRow,
          layerNormParameterGradient,
          weightedRowSum,
          rankRange,
          transposeBlock,
          sampleRange,
          sampleGradientRange,
          divergenceRow,
          divergenceGradientRow};
}

KERNELS_END
