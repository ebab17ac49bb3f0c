// The table of kernels that each instruction set fills in. Everything here is plain data. A header that
// several instruction sets share must not hold an inline function, because the linker could keep a copy that
// an older processor cannot run.
#pragma once

#include <cstdint>

namespace multvae {

enum class Unary : int32_t {
  identity,
  negate,
  abs,
  square,
  sqrt,
  rsqrt,
  reciprocal,
  exp,
  expm1,
  log,
  log1p,
  tanh,
  sigmoid,
  softplus,
  relu,
  relu6,
  elu,
  step,
  sign,
  count
};

enum class Binary : int32_t {
  add,
  subtract,
  multiply,
  divide,
  maximum,
  minimum,
  squaredDifference,
  tanhGradient,
  sigmoidGradient,
  reluGradient,
  eluGradient,
  count
};

enum class Reduction : int32_t { sum, mean, max, count };

/** A matrix product from packed panels. A panel is `rows` (left) or `columns` (right) wide and holds one
 *  unit of each for every step of the depth. A unit is one f32, or two bf16 in one 32-bit word. */
struct ProductKernel {
  int64_t rows;
  int64_t columns;
  /** Steps of the inner dimension that a unit covers: 1 or 2. */
  int64_t depth;
  /** Packs `width` lanes of `depth` steps into panels, zeros after the last lane. [0]: lanes lie side by
   *  side, source[step * stride + lane]. [1]: steps lie side by side, source[lane * stride + step]. */
  void (*packLeft[2])(float* packed, const float* source, int64_t stride, int64_t width, int64_t steps);
  void (*packRight[2])(float* packed, const float* source, int64_t stride, int64_t width, int64_t steps);
  /** out[rows, columns] (+)= left panel · right panel (+ bias); only `rows` x `columns` are written. */
  void (*tile)(float* out, int64_t stride, const float* left, const float* right, int64_t units, int64_t rows,
               int64_t columns, bool accumulate, const float* bias);
};

/** The precisions to which the weights of a packed layer can be rounded. */
enum class LayerPrecision : int32_t { f32, bf16, int8, count };

constexpr int64_t panelColumns = 32;

/** 32 columns of a packed layer: one 32-bit word of each column for every unit of the depth. A word holds one
 *  step in f32, two in bf16, four in int8. Bias, scales and offsets have 32 entries; those beyond `columns`
 *  are not used. */
struct LayerPanel {
  const uint32_t* weights;
  int64_t units;
  int64_t columns;
  const float* bias;
  /** For int8: the size of one step of a column, and 128 times the sum of its weights. */
  const float* scales;
  const int32_t* offsets;
};

/** out[rows, columns] = left · panel + bias; left [rows, units] words. In int8 128 is added to the bytes of
 *  the left, and `leftScales` holds the size of one step of each row; otherwise it is null. */
using PanelProduct = void (*)(float* out, int64_t stride, const uint32_t* left, const float* leftScales,
                              int64_t rows, const LayerPanel& panel);

/** One user's best items so far: a heap whose root is the next to be replaced. */
struct Ranking {
  int32_t* items;
  float* scores;
  int64_t capacity;
  int64_t size;
};

/** Coefficients of an Adam step, bias correction folded in. */
struct AdamStep {
  float decay1, decay2, stepSize, epsilon;
};

/** Kernels over contiguous ranges or whole rows. Their callers split the work over threads. */
struct Kernels {
  const char* name;
  ProductKernel product;
  ProductKernel productBf16;
  /** Whether `productBf16` uses the processor's instruction. If not, it is an emulation. */
  bool hasBf16;
  /** By `LayerPrecision`. bf16 uses the processor's instruction where `hasBf16` is true. */
  PanelProduct panelProducts[3];

  /** out[r, begin..end) = left[r, :] · right[:, begin..end) + bias, for few rows; packs nothing. */
  void (*thinProduct)(float* out, const float* left, const float* right, const float* bias, int64_t rows,
                      int64_t depth, int64_t columns, int64_t leftRowStride, int64_t leftDepthStride,
                      int64_t rightStride, int64_t begin, int64_t end);

  void (*unary)(float* out, Unary op, const float* x, int64_t n);
  /** A step is 1, or 0 to use one value n times. */
  void (*binary)(float* out, Binary op, const float* a, int64_t aStep, const float* b, int64_t bStep,
                 int64_t n);
  void (*fill)(float* out, float value, int64_t n);
  void (*adam)(float* weight, float* m, float* v, const float* gradient, int64_t n, const AdamStep& step);

  /** The reduction of one contiguous row. */
  float (*reduceRow)(Reduction op, const float* x, int64_t n);
  /** out[c] = op over r of x[r * stride + c]. */
  void (*reduceColumns)(float* out, Reduction op, const float* x, int64_t rows, int64_t columns,
                        int64_t stride);

  /** The largest value and Σ exp(x - largest) of a row. */
  void (*logSumParts)(float* largest, float* sum, const float* x, int64_t n);
  /** out = exp(x - shift) * factor. */
  void (*expScaled)(float* out, const float* x, float shift, float factor, int64_t n);

  void (*layerNorm)(float* out, float* mean, float* inverseSpread, const float* x, const float* gain,
                    const float* bias, float epsilon, int64_t n);
  void (*layerNormInputGradient)(float* dx, const float* dy, const float* x, const float* gain, float mean,
                                 float inverseSpread, int64_t n);
  /** Columns begin..end of the gradients for gain and bias, summed over all rows. */
  void (*layerNormParameterGradient)(float* dGain, float* dBias, const float* dy, const float* x,
                                     const float* mean, const float* inverseSpread, int64_t rows,
                                     int64_t columns, int64_t begin, int64_t end);

  /** Solves A·x = b, A symmetric and positive definite. `a` is [n, n + 1]: A on and above the diagonal, what lies
   *  below it is not read, and b in the last column; it is overwritten. False where a pivot is not positive. */
  bool (*solve)(float* a, float* x, int64_t n);

  /** out = scale · Σ_k (values[k] · factor[picks[k]]) · table[picks[k], :]; values and factor may be null. */
  void (*weightedRowSum)(float* out, const float* table, int64_t width, const int32_t* picks,
                         const float* values, const float* factors, int64_t count, float scale);

  /** Offers items first..first+n with their scores, except those that are marked; marks may be null. */
  void (*rank)(Ranking* ranking, const float* scores, int32_t first, int64_t n, const uint8_t* marks);

  /** out[c * outStride + r] = x[r * stride + c]. */
  void (*transpose)(float* out, int64_t outStride, const float* x, int64_t stride, int64_t rows,
                    int64_t columns);

  /** out = mu + noise · exp(½ logvar). */
  void (*sampleCode)(float* out, const float* mu, const float* logvar, const float* noise, int64_t n);
  /** out = dy · noise · ½ exp(½ logvar). */
  void (*sampleCodeGradient)(float* out, const float* dy, const float* logvar, const float* noise, int64_t n);
  /** ½ Σ (exp(logvar) + mu² - 1 - logvar) of one row. */
  float (*divergence)(const float* mu, const float* logvar, int64_t n);
  /** dMu = dy · mu, dLogvar = dy · ½ (exp(logvar) - 1) of one row. */
  void (*divergenceGradient)(float* dMu, float* dLogvar, const float* mu, const float* logvar, float dy,
                             int64_t n);
};

extern const Kernels portableKernels;
#if defined(__x86_64__)
extern const Kernels avx2Kernels;
extern const Kernels avx512Kernels;
extern const ProductKernel avx512Bf16Product;
extern const PanelProduct avx512Bf16Panel;
extern const PanelProduct avx512VnniPanel;
#elif defined(__aarch64__)
extern const Kernels neonKernels;
#endif

}  // namespace multvae
