// Operations over whole row-major f32 matrices, which run kernels on several threads. Outputs stand first.
// Arguments are not checked here. Results do not depend on the number of threads.
#pragma once

#include <cstdint>

#include "../kernels/kernels.h"

namespace multvae {

constexpr int maxRank = 4;

/** Sizes, outermost first; unused leading ones are 1. */
struct Shape {
  int64_t size[maxRank] = {1, 1, 1, 1};

  int64_t elements() const { return size[0] * size[1] * size[2] * size[3]; }
};

/** Compressed sparse rows; `values` null stands for ones. */
struct SparseRows {
  const int32_t* offsets;
  const int32_t* items;
  const float* values;
  int64_t rows;
  int64_t columns;
};

struct Product {
  int64_t rows, columns, depth;
  bool leftTransposed, rightTransposed;
  /** [columns], or null. */
  const float* bias;
  Unary activation;
  /** The distance between rows of `right` in memory: more than its width if it is part of a matrix. */
  int64_t rightStride;
  /** The same of `left`; 0 stands for its width. */
  int64_t leftStride = 0;
  /** The distance between rows of `out`; 0 stands for `columns`. */
  int64_t outStride = 0;
  /** Adds to the values of `out`. Only for products that are not thin, without bias and activation. */
  bool accumulate = false;
};

/** out[rows, columns] = activation(op(left) · op(right) + bias). */
void multiply(float* out, const float* left, const float* right, const Product& product,
              const ProductKernel& kernel);
/** The same in f32, by the path that suits the shape. */
void multiply(float* out, const float* left, const float* right, const Product& product);

/** The number of blocks of `width` that `total` is cut into; the last one may be narrower. */
inline int64_t blocksOf(int64_t total, int64_t width) { return (total + width - 1) / width; }

/** left · op(right), the depth cut into blocks of `blockWidth`. Each block's product is computed by itself, and they
 *  are added in pairs, along a binary tree. So the products of the halves of 2^k blocks add up to the same bits.
 *  Without bias and activation; left is not transposed. */
void multiplyBlocks(float* out, const float* left, const float* right, const Product& product,
                    int64_t blockWidth, const ProductKernel& kernel);

/** A layer's weights, packed once. Panels of 32 columns follow each other; zeros fill the last one. */
struct PackedLayer {
  LayerPrecision precision;
  int64_t depth, columns;
  /** [panels, units, 32] */
  uint32_t* words;
  /** [panels * 32] each; the last two for int8 only. */
  float* bias;
  float* scales;
  int32_t* offsets;

  int64_t units() const {
    const int64_t steps = precision == LayerPrecision::f32 ? 1 : precision == LayerPrecision::bf16 ? 2 : 4;
    return (depth + steps - 1) / steps;
  }
  int64_t panels() const { return (columns + panelColumns - 1) / panelColumns; }
};

/** Fills in a layer from weights[depth, columns] and bias[columns]; int8 has one scale a column. A column with
 *  a value that is not finite gives NaN. */
void packLayer(const PackedLayer& layer, const float* weights, const float* bias);
/** The weights[depth, columns] of a layer: in f32 the bits that were packed, else the rounded values. */
void unpackLayer(float* weights, const PackedLayer& layer);
/** out[rows, columns] = left[rows, depth] · layer + bias. A row's result does not depend on the other rows. */
void packedProduct(float* out, const float* left, int64_t rows, const PackedLayer& layer);
/** The n best of each row of that, as in `decodeTopN`. Only a block of the scores is ever in memory. */
void packedTopN(int32_t* items, float* scores, int64_t n, const float* left, const PackedLayer& layer,
                const SparseRows& mask);

/** out[rows, width] = scale ⊙ (sparse · table); scale may be null. With a `blockWidth` above 0 the columns are cut
 *  into blocks, whose sums are added along a binary tree as in `multiplyBlocks`; no sum is then -0. */
void sparseProduct(float* out, const SparseRows& sparse, const float* scale, const float* table,
                   int64_t width, int64_t blockWidth);
/** out[columns, width] = sparseᵀ · (scale ⊙ dy), zero where no row has an entry. */
void sparseProductGradient(float* out, const SparseRows& sparse, const float* scale, const float* dy,
                           int64_t width);

/** parts[r, b] = (largest, Σ exp(f - largest), Σ of the clicked f) over block b of the columns. */
void multinomial(float* parts, const float* logits, const SparseRows& clicks, int64_t blockWidth);
/** out = dy ⊙ (exp(f - shift) · factor - x) with (shift, factor) = parts[r]; out may be the logits themselves. */
void multinomialGradient(float* out, const float* logits, const float* parts, const float* dy,
                         const SparseRows& clicks);

void unary(float* out, Unary op, const float* x, int64_t n);
/** Broadcasts both inputs to `shape`. Each of their sizes is that of `shape`, or 1. */
void binary(float* out, const Shape& shape, Binary op, const float* a, const Shape& aShape, const float* b,
            const Shape& bShape);
void fill(float* out, float value, int64_t n);
void adam(float* weight, float* m, float* v, const float* gradient, int64_t n, const AdamStep& step);
/** The same for some rows of `width` each: row k of the gradient belongs to row rows[k] of the others. The rows are
 *  ascending, each once. */
void adamRows(float* weight, float* m, float* v, const float* gradient, const int32_t* rows, int64_t count,
              int64_t width, const AdamStep& step);

/** out[outer, inner] = op over the middle axis of x[outer, n, inner]. */
void reduce(float* out, Reduction op, const float* x, int64_t outer, int64_t n, int64_t inner);
void softmax(float* out, const float* x, int64_t rows, int64_t columns);
void logSoftmax(float* out, const float* x, int64_t rows, int64_t columns);

void layerNorm(float* out, float* mean, float* inverseSpread, const float* x, const float* gain,
               const float* bias, float epsilon, int64_t rows, int64_t columns);
void layerNormGradient(float* dx, float* dGain, float* dBias, const float* dy, const float* x,
                       const float* gain, const float* mean, const float* inverseSpread, int64_t rows,
                       int64_t columns);

/** Pairs of standard normals from a xoshiro128** generator, whose state moves on. The state must not be all
 *  zero. */
void normals(float* out, int64_t pairs, uint32_t state[4]);
/** out = mu + noise · exp(½ logvar), a sample of the posterior. */
void sampleCode(float* out, const float* mu, const float* logvar, const float* noise, int64_t n);
/** Its gradient for logvar; that for mu is dy itself. */
void sampleCodeGradient(float* dLogvar, const float* dy, const float* logvar, const float* noise, int64_t n);
/** out[r] = KL(N(mu, diag exp logvar) ‖ N(0, I)) of each row, at least 0. */
void divergence(float* out, const float* mu, const float* logvar, int64_t rows, int64_t columns);
void divergenceGradient(float* dMu, float* dLogvar, const float* mu, const float* logvar, const float* dy,
                        int64_t rows, int64_t columns);

/** out's axis i is x's axis permutation[i]. */
void permute(float* out, const float* x, const Shape& shape, const int permutation[maxRank]);
/** Copies x[begin .. begin + size). */
void slice(float* out, const float* x, const Shape& shape, const Shape& begin, const Shape& size);
/** Copies rows of `columns` elements between strided places. */
void copyRows(float* out, int64_t outStride, const float* x, int64_t stride, int64_t rows, int64_t columns);
void gatherRows(float* out, const float* table, const int32_t* picks, int64_t count, int64_t columns);

/** items, scores: [rows, n], best first; -1 and -infinity fill the rest. Leaves out the items of the mask. */
void topN(int32_t* items, float* scores, int64_t n, const float* x, const SparseRows& mask);
/** The same for hidden · weights + bias. Only a block of the scores is ever in memory.
 *  @param weights - [depth, columns], or [columns, depth] where it is transposed */
void decodeTopN(int32_t* items, float* scores, int64_t n, const float* hidden, int64_t depth,
                const float* weights, bool isTransposed, const float* bias, const SparseRows& mask);

/** One step of the sweep of a symmetric matrix [n, n], on and below its diagonal: sweeps the rows and columns
 *  first..first+size. `inverse` is the inverse of their diagonal block. */
void sweepBlock(float* matrix, int64_t n, int64_t first, int64_t size, const float* inverse);

/** For the items first..first+count: the `most` items of the largest |r| that is not below `least`, with it, r the
 *  correlation of two columns of the clicks. Items that nobody clicked together do not count. A row is in the order of
 *  items; -1 and 0 fill it up.
 *  @param items, strengths - [count, most]. @param users - the clicks by item */
void correlatedItems(int32_t* items, float* strengths, int64_t most, const SparseRows& clicks,
                     const SparseRows& users, int64_t first, int64_t count, double least);

/** For each row of candidates, those of item first + row: the solution w of (G + diag(λ + penalty · G_ii)) · w = g,
 *  with G the Gram matrix of the candidates' clicks and g that of the candidates with the item, where each user counts
 *  as much as its weight. Keeps the `most` weights of the largest |w|. A row whose equations are not positive definite
 *  has -1 and NaN alone.
 *  @param items, weights - [rows, most], as in `correlatedItems`. @param userWeights - [users.columns].
 *  @param candidates - without the item itself */
void itemRegressions(int32_t* items, float* weights, int64_t most, const SparseRows& users,
                     const float* userWeights, const SparseRows& candidates, int64_t first, double lambda,
                     double clicksPenalty);

/** The number of rows that makes a task of a few ten thousand elements. */
int64_t rowsPerTask(int64_t rowElements);

}  // namespace multvae
