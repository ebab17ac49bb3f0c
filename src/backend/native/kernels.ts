import type { ClickMatrix } from '../../data/click-matrix.js';
import {
  type AdamCoefficients,
  type BinaryOperation,
  binaryOperations,
  type InstructionSet,
  type NativeInfo,
  type PackedLayer,
  type ProductEpilogue,
  type ProductShape,
  type ReductionOperation,
  reductions,
  type UnaryOperation,
  unaryOperations,
  type WeightedRows,
} from './operations.js';

/** The functions as the addon exports them; it checks every argument and throws `E_NATIVE_ARGUMENT`. */
interface Binding {
  info(): NativeInfo;
  [name: string]: (...args: unknown[]) => unknown;
}

/**
 * This package's kernels. Matrices are row-major f32 in caller-owned arrays of exactly the stated
 * length; results go into `out`, which shares no memory with an input unless a method says it may be
 * one. Results are the same bits for every number of threads and from run to run, not from one
 * instruction set to another. NaN and infinities propagate as IEEE 754 says.
 *
 * An argument that breaks a rule throws an Error with the code `E_NATIVE_ARGUMENT`; nothing is then
 * written. Instruction set and threads are the process's, worker threads included.
 */
export class NativeKernels {
  /** The functions without their types. */
  protected readonly binding: Binding;
  /** The file that was loaded. */
  readonly path: string;

  constructor(binding: unknown, path: string) {
    this.binding = binding as Binding;
    this.path = path;
  }

  info(): NativeInfo {
    return this.binding.info();
  }

  /** @throws Error `E_NATIVE_ARGUMENT` with a sentence when this processor has no such set */
  setIsa(name: InstructionSet): void {
    this.binding.setIsa!(name);
  }

  /** From the next call on; costs next to nothing. @param count - 1..256, the calling thread included */
  setThreads(count: number): void {
    this.binding.setThreads!(count);
  }

  /** out[batch, rows, columns] = activation(op(left) · op(right) + bias). */
  gemm(
    left: Float32Array,
    right: Float32Array,
    out: Float32Array,
    shape: ProductShape,
    epilogue: ProductEpilogue = {},
  ): void {
    this.binding.gemm!(left, right, out, ...productArguments(shape, epilogue));
  }

  /**
   * The same with both operands rounded to bf16 (nearest, ties to even) and f32 sums.
   *
   * @param emulate - compute the same numbers, slowly, where the processor has no bf16 dot product;
   *   otherwise that is an error
   */
  gemmBf16(
    left: Float32Array,
    right: Float32Array,
    out: Float32Array,
    shape: ProductShape,
    epilogue: ProductEpilogue = {},
    emulate = false,
  ): void {
    this.binding.gemmBf16!(left, right, out, ...productArguments(shape, epilogue), emulate);
  }

  /** out[B, width] = diag(scale) · S · table, table [I, width]. */
  sparseForward(rows: WeightedRows, table: Float32Array, out: Float32Array, width: number): void {
    this.binding.sparseForward!(...sparseArguments(rows, table, out, width));
  }

  /** out[I, width] = Sᵀ · diag(scale) · dy, dy [B, width]; zero where no row has an entry. */
  sparseBackward(rows: WeightedRows, dy: Float32Array, out: Float32Array, width: number): void {
    this.binding.sparseBackward!(...sparseArguments(rows, dy, out, width));
  }

  /**
   * nll[u] = Σ over u's clicks of log Σ_i exp f_i − f_click, in nats.
   *
   * @param logits - [B, I]
   * @param parts - [B, 2], receives each row's largest logit and Σ exp(f − largest) for the gradient
   */
  multinomialNll(
    logits: Float32Array,
    clicks: ClickMatrix,
    nll: Float32Array,
    parts: Float32Array,
  ): void {
    const { offsets, items, rows, columns } = clicks;
    this.binding.multinomialNll!(logits, offsets, items, rows, columns, nll, parts);
  }

  /**
   * out[u, i] = dy[u] · (n_u · softmax(f)_i − x_ui).
   *
   * @param parts - as `multinomialNll` left them
   * @param out - [B, I]; may be the logits
   */
  multinomialNllGradient(
    logits: Float32Array,
    clicks: ClickMatrix,
    parts: Float32Array,
    dy: Float32Array,
    out: Float32Array,
  ): void {
    const { offsets, items, rows, columns } = clicks;
    this.binding.multinomialNllGradient!(logits, offsets, items, rows, columns, parts, dy, out);
  }

  /**
   * The n best items of each row that are not in `mask`; order, ties, NaN and filling as in `topN`.
   *
   * @param scores - [B, I]
   * @param items - [B, n], receives item indices, best first, -1 where none is left
   * @param best - [B, n], receives their scores, -Infinity where none is left
   */
  topN(
    scores: Float32Array,
    mask: ClickMatrix,
    n: number,
    items: Int32Array,
    best: Float32Array,
  ): void {
    const { offsets, items: masked, rows, columns } = mask;
    this.binding.topN!(scores, offsets, masked, rows, columns, n, items, best);
  }

  /**
   * `topN` of hidden · weights + bias, of which only a block is ever in memory.
   *
   * @param hidden - [B, depth]
   * @param weights - [depth, I]
   * @param bias - [I]
   */
  decodeTopN(
    hidden: Float32Array,
    weights: Float32Array,
    bias: Float32Array | null,
    depth: number,
    mask: ClickMatrix,
    n: number,
    items: Int32Array,
    best: Float32Array,
  ): void {
    const { offsets, items: masked, rows, columns } = mask;
    this.binding.decodeTopN!(
      hidden,
      weights,
      bias,
      offsets,
      masked,
      rows,
      columns,
      depth,
      n,
      items,
      best,
    );
  }

  /**
   * A layer in the form that `packedProduct` and `packedTopN` take; what it was made of is not needed any more.
   *
   * @param weights - [depth, columns]
   * @param bias - [columns]
   * @param precision - 0 for f32, 1 for bf16, 2 for int8
   */
  packLayer(
    weights: Float32Array,
    bias: Float32Array,
    precision: number,
    depth: number,
    columns: number,
  ): PackedLayer {
    const width = Math.ceil(columns / panelColumns) * panelColumns;
    const units = Math.ceil(depth / [1, 2, 4][precision]!);
    const own = precision === 2 ? width : 0;
    const layer: PackedLayer = {
      ...{ precision, depth, columns },
      words: new Int32Array(width * units),
      bias: new Float32Array(width),
      scales: new Float32Array(own),
      offsets: new Int32Array(own),
    };
    this.binding.packLayer!(weights, bias, ...layerArguments(layer));
    return layer;
  }

  /** The weights of a layer, [depth, columns]: the bits that were packed in f32, else what they were rounded to. */
  unpackLayer(layer: PackedLayer): Float32Array {
    const weights = new Float32Array(layer.depth * layer.columns);
    this.binding.unpackLayer!(weights, ...layerArguments(layer));
    return weights;
  }

  /**
   * out[rows, columns] = left[rows, depth] · layer + bias; a row's result depends on no other row.
   *
   * @param emulate - as in `gemmBf16`
   */
  packedProduct(
    left: Float32Array,
    layer: PackedLayer,
    out: Float32Array,
    rows: number,
    emulate = false,
  ): void {
    this.binding.packedProduct!(left, out, rows, emulate, ...layerArguments(layer));
  }

  /** `topN` of that, of which only a block is ever in memory. */
  packedTopN(
    left: Float32Array,
    layer: PackedLayer,
    mask: ClickMatrix,
    n: number,
    items: Int32Array,
    best: Float32Array,
    emulate = false,
  ): void {
    const { offsets, items: masked, rows } = mask;
    const ranking = [left, offsets, masked, rows, n, items, best, emulate];
    this.binding.packedTopN!(...ranking, ...layerArguments(layer));
  }

  /** One Adam step in place. @param step - t, 1 for the first */
  adam(
    weight: Float32Array,
    m: Float32Array,
    v: Float32Array,
    gradient: Float32Array,
    { learningRate, beta1, beta2, epsilon }: AdamCoefficients,
    step: number,
  ): void {
    this.binding.adam!(weight, m, v, gradient, learningRate, beta1, beta2, epsilon, step);
  }

  /** @param out - may be x */
  unary(operation: UnaryOperation, x: Float32Array, out: Float32Array): void {
    this.binding.unary!(unaryOperations.indexOf(operation), x, out);
  }

  /** Broadcasts shapes of up to four axes, aligned to the right. @param out - may be an input of its size */
  binary(
    operation: BinaryOperation,
    left: Float32Array,
    leftShape: readonly number[],
    right: Float32Array,
    rightShape: readonly number[],
    out: Float32Array,
  ): void {
    const op = binaryOperations.indexOf(operation);
    this.binding.binary!(op, left, leftShape, right, rightShape, out);
  }

  fill(out: Float32Array, value: number): void {
    this.binding.fill!(out, value);
  }

  /** out[outer, inner] = the reduction over the middle axis of x[outer, n, inner]; n = 0 gives 0, NaN, -Infinity. */
  reduce(
    operation: ReductionOperation,
    x: Float32Array,
    out: Float32Array,
    outer: number,
    n: number,
    inner: number,
  ): void {
    this.binding.reduce!(reductions.indexOf(operation), x, out, outer, n, inner);
  }

  /** Of each row. @param out - may be x */
  softmax(x: Float32Array, out: Float32Array, rows: number, columns: number): void {
    this.binding.softmax!(x, out, rows, columns);
  }

  /** Of each row. @param out - may be x */
  logSoftmax(x: Float32Array, out: Float32Array, rows: number, columns: number): void {
    this.binding.logSoftmax!(x, out, rows, columns);
  }

  /**
   * out = gain · (x − mean) · inverseSpread + bias, inverseSpread = 1 / √(variance + epsilon) of each row.
   *
   * @param gain - [columns], as is `bias`
   * @param mean - [rows], received, as is `inverseSpread`
   */
  layerNorm(
    x: Float32Array,
    gain: Float32Array,
    bias: Float32Array,
    epsilon: number,
    rows: number,
    columns: number,
    out: Float32Array,
    mean: Float32Array,
    inverseSpread: Float32Array,
  ): void {
    this.binding.layerNorm!(x, gain, bias, epsilon, rows, columns, out, mean, inverseSpread);
  }

  /** The gradients of `layerNorm` for x, gain and bias. @param mean - as `layerNorm` left it */
  layerNormGradient(
    dy: Float32Array,
    x: Float32Array,
    gain: Float32Array,
    mean: Float32Array,
    inverseSpread: Float32Array,
    rows: number,
    columns: number,
    dx: Float32Array,
    dGain: Float32Array,
    dBias: Float32Array,
  ): void {
    this.binding.layerNormGradient!(
      dy,
      x,
      gain,
      mean,
      inverseSpread,
      rows,
      columns,
      dx,
      dGain,
      dBias,
    );
  }

  /**
   * One step of the sweep of a symmetric matrix, on and below its diagonal, in place; `sweepBlock` in
   * `sweep.ts` says which.
   *
   * @param matrix - [n, n]
   * @param inverse - [size, size], of the diagonal block at `first`
   */
  sweepBlock(
    matrix: Float32Array,
    n: number,
    first: number,
    size: number,
    inverse: Float32Array,
  ): void {
    this.binding.sweepBlock!(matrix, n, first, size, inverse);
  }

  /**
   * Standard normals, the bits that `RandomStream.normals` has in JavaScript.
   *
   * @param state - [4], of the generator, not all zero; moves on
   * @param out - of even length
   */
  normals(state: Int32Array, out: Float32Array): void {
    this.binding.normals!(state, out);
  }

  /** out = mu + noise · exp(½ logvar). */
  sampleCode(mu: Float32Array, logvar: Float32Array, noise: Float32Array, out: Float32Array): void {
    this.binding.sampleCode!(mu, logvar, noise, out);
  }

  /** The gradient of `sampleCode` for logvar; that for mu is dy. */
  sampleCodeGradient(
    dy: Float32Array,
    logvar: Float32Array,
    noise: Float32Array,
    dLogvar: Float32Array,
  ): void {
    this.binding.sampleCodeGradient!(dy, logvar, noise, dLogvar);
  }

  /** out[r] = ½ Σ (exp(logvar) + mu² − 1 − logvar) of each row, at least 0. */
  divergence(
    mu: Float32Array,
    logvar: Float32Array,
    rows: number,
    columns: number,
    out: Float32Array,
  ): void {
    this.binding.divergence!(mu, logvar, rows, columns, out);
  }

  /** The gradients of `divergence`. @param dy - [rows] */
  divergenceGradient(
    dy: Float32Array,
    mu: Float32Array,
    logvar: Float32Array,
    rows: number,
    columns: number,
    dMu: Float32Array,
    dLogvar: Float32Array,
  ): void {
    this.binding.divergenceGradient!(dy, mu, logvar, rows, columns, dMu, dLogvar);
  }

  /** out's axis i is x's axis `permutation[i]`; up to four axes. */
  transpose(
    x: Float32Array,
    shape: readonly number[],
    permutation: readonly number[],
    out: Float32Array,
  ): void {
    this.binding.transpose!(x, shape, permutation, out);
  }

  /** Copies x[begin .. begin + size). */
  slice(
    x: Float32Array,
    shape: readonly number[],
    begin: readonly number[],
    size: readonly number[],
    out: Float32Array,
  ): void {
    this.binding.slice!(x, shape, begin, size, out);
  }

  /** Copies `rows` runs of `width` elements, `stride` apart in x and `outStride` apart in out. */
  copyRows(
    x: Float32Array,
    offset: number,
    stride: number,
    out: Float32Array,
    outOffset: number,
    outStride: number,
    rows: number,
    width: number,
  ): void {
    this.binding.copyRows!(x, offset, stride, out, outOffset, outStride, rows, width);
  }

  /** out[k, :] = table[picks[k], :], table [rows, width]. */
  gatherRows(
    table: Float32Array,
    picks: Int32Array,
    out: Float32Array,
    rows: number,
    width: number,
  ): void {
    this.binding.gatherRows!(table, picks, out, rows, width);
  }
}

function productArguments(shape: ProductShape, { bias, activation }: ProductEpilogue): unknown[] {
  const { rows, columns, depth, batch = 1, leftBatch = batch, rightBatch = batch } = shape;
  const { leftTransposed = false, rightTransposed = false } = shape;
  const activationCode = unaryOperations.indexOf(activation ?? 'identity');
  return [
    rows,
    columns,
    depth,
    leftTransposed,
    rightTransposed,
    batch,
    leftBatch,
    rightBatch,
    bias ?? null,
    activationCode,
  ];
}

/** What a panel of a packed layer holds. */
const panelColumns = 32;

function layerArguments(layer: PackedLayer): unknown[] {
  const { precision, depth, columns, words, bias, scales, offsets } = layer;
  return [precision, depth, columns, words, bias, scales, offsets];
}

function sparseArguments(
  { clicks, values, scale }: WeightedRows,
  dense: Float32Array,
  out: Float32Array,
  width: number,
): unknown[] {
  const { offsets, items, rows, columns } = clicks;
  return [offsets, items, values ?? null, scale ?? null, dense, out, rows, columns, width];
}
