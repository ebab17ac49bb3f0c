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
  Kernels table = {};
  table.name = name;
  table.product = productKernel<F32Unit, 1, MULTVAE_TILE_ROWS, MULTVAE_TILE_VECTORS>();
  table.productBf16 = productKernel<Bf16Emulated, 2, MULTVAE_TILE_ROWS, MULTVAE_TILE_VECTORS>();
  table.hasBf16 = false;
  table.panelProducts[static_cast<int>(LayerPrecision::f32)] = panelProduct<F32Panel, MULTVAE_TILE_ROWS>;
  table.panelProducts[static_cast<int>(LayerPrecision::bf16)] =
      panelProduct<Bf16Panel<Bf16Emulated>, MULTVAE_TILE_ROWS>;
  table.panelProducts[static_cast<int>(LayerPrecision::int8)] =
      panelProduct<Int8Panel<Int8Dot>, MULTVAE_TILE_ROWS>;

// A kernel and its entry have one name, so no entry can hold the kernel of another.
#define ENTRY(name) table.name = name
  ENTRY(thinProduct);
  ENTRY(unary);
  ENTRY(binary);
  ENTRY(fill);
  ENTRY(adam);
  ENTRY(reduceRow);
  ENTRY(reduceColumns);
  ENTRY(logSumParts);
  ENTRY(expScaled);
  ENTRY(layerNorm);
  ENTRY(layerNormInputGradient);
  ENTRY(layerNormParameterGradient);
  ENTRY(solve);
  ENTRY(weightedRowSum);
  ENTRY(rank);
  ENTRY(transpose);
  ENTRY(sampleCode);
  ENTRY(sampleCodeGradient);
  ENTRY(divergence);
  ENTRY(divergenceGradient);
#undef ENTRY
  return table;
}

KERNELS_END
