/** The native kernels' operations by name, and the types of their arguments. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import type { LayerPrecision } from '../packed-layer.js';

/** Element-wise functions of one input, in the order of the addon's own numbering. */
export const unaryOperations = [
  'identity',
  'negate',
  'abs',
  'square',
  'sqrt',
  'rsqrt',
  'reciprocal',
  'exp',
  'expm1',
  'log',
  'log1p',
  'tanh',
  'sigmoid',
  'softplus',
  'relu',
  'relu6',
  'elu',
  'step',
  'sign',
] as const;
export type UnaryOperation = (typeof unaryOperations)[number];

/** Of two inputs; a gradient takes the incoming gradient first, then the function's value. */
export const binaryOperations = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'maximum',
  'minimum',
  'squaredDifference',
  'tanhGradient',
  'sigmoidGradient',
  'reluGradient',
  'eluGradient',
] as const;
export type BinaryOperation = (typeof binaryOperations)[number];

export const reductions = ['sum', 'mean', 'max'] as const;
export type ReductionOperation = (typeof reductions)[number];

export const instructionSets = ['portable', 'avx2', 'avx512', 'avx512bf16', 'neon'] as const;
export type InstructionSet = (typeof instructionSets)[number];

/** The instruction set, threads and cores in use. */
export interface NativeInfo {
  readonly isa: InstructionSet;
  /** Those that this binary and this processor share, best first. */
  readonly isas: readonly InstructionSet[];
  /** Whether `multiplyBf16` has the processor's own instruction. */
  readonly bf16: boolean;
  readonly threads: number;
  /** Processors this process may use, or the container's CPU quota where that is less. */
  readonly cores: number;
}

/** op(left) · op(right) = [rows, depth] · [depth, columns], each operand as it lies or transposed. */
export interface ProductShape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly leftTransposed?: boolean;
  readonly rightTransposed?: boolean;
  /** How many products lie one after the other in `out`; an operand has as many, or one for all. */
  readonly batch?: number;
  readonly leftBatch?: number;
  readonly rightBatch?: number;
}

/** What follows the product: + bias, then a function of each element. */
export interface ProductEpilogue {
  /** [columns] */
  readonly bias?: Float32Array | null;
  readonly activation?: UnaryOperation;
}

/** How a product of bf16 may be computed. */
export interface Bf16Options {
  /**
   * Computes the same numbers, slowly, where the processor has no bf16 dot product. Default: false, which
   * makes that an error.
   */
  readonly emulate?: boolean;
}

/** x[outer, n, inner], reduced over the middle axis. */
export interface ReductionShape {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

/** The diagonal block of a symmetric matrix that one step of a sweep takes out. */
export interface DiagonalBlock {
  /** Its first row. */
  readonly first: number;
  /** Its number of rows. */
  readonly size: number;
  /** [size, size], the inverse of the block. */
  readonly inverse: Float32Array;
}

/** An affine layer. */
export interface DenseLayer {
  /** [depth, columns] */
  readonly weights: Float32Array;
  /** [columns] */
  readonly bias: Float32Array | null;
  readonly depth: number;
}

/** Rows that are 0 but for `values` (ones without them), each row times its `scale` (1 without it). */
export interface WeightedRows {
  readonly clicks: ClickMatrix;
  /** [clicks], in the order of `clicks.items`. */
  readonly values?: Float32Array | null;
  /** [rows] */
  readonly scale?: Float32Array | null;
}

/** Adam's hyper-parameters as in Kingma & Ba 2015, epsilon outside the bias-corrected root. */
export interface AdamCoefficients {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** What a layer is packed to. */
export interface PackedLayerShape {
  readonly precision: LayerPrecision;
  readonly depth: number;
  readonly columns: number;
}

/** A layer as the addon packed it: memory of the caller's, laid out as `kernels.h` says. */
export interface PackedLayer extends PackedLayerShape {
  readonly words: Int32Array;
  readonly bias: Float32Array;
  /** For int8 only, as are the offsets; else empty. */
  readonly scales: Float32Array;
  readonly offsets: Int32Array;
}
