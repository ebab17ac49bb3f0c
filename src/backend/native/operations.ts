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

/** Element-wise functions of two inputs. A gradient takes the incoming gradient first, then the function's value. */
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
  /** The sets that this binary has and this processor can run, best first. */
  readonly isas: readonly InstructionSet[];
  /** Whether `multiplyBf16` can use an instruction of the processor. */
  readonly bf16: boolean;
  readonly threads: number;
  /** The processors that this process may use, or the container's CPU quota if that is less. */
  readonly cores: number;
}

/** op(left) · op(right) = [rows, depth] · [depth, columns], where op may transpose. */
export interface ProductShape {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly leftTransposed?: boolean;
  readonly rightTransposed?: boolean;
  /** The number of products in `out`. An operand has as many matrices, or one for all. */
  readonly batch?: number;
  readonly leftBatch?: number;
  readonly rightBatch?: number;
}

/** Applied to the product: + bias, then a function of each element. */
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
  /** [depth, columns], or [columns, depth] where they are transposed */
  readonly weights: Float32Array;
  readonly isTransposed?: boolean;
  /** [columns] */
  readonly bias: Float32Array | null;
  readonly depth: number;
}

/** Sparse rows with the given `values` (default: ones), each row times its `scale` (default: 1). */
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

/** A parameter with Adam's moments, in place. */
export interface AdamArrays {
  readonly weight: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** Some rows of a matrix. */
export interface RowChoice {
  /** Ascending, each once. */
  readonly rows: Int32Array;
  /** Numbers in a row. */
  readonly width: number;
}

/** The precision and shape of a packed layer. */
export interface PackedLayerShape {
  readonly precision: LayerPrecision;
  readonly depth: number;
  readonly columns: number;
}

/** A packed layer. The caller owns its memory, whose layout `kernels.h` describes. */
export interface PackedLayer extends PackedLayerShape {
  readonly words: Int32Array;
  readonly bias: Float32Array;
  /** For int8 only, as are the offsets; else empty. */
  readonly scales: Float32Array;
  readonly offsets: Int32Array;
}

/** Some items for each of several rows, with a value each, in the order of items; -1 and 0 fill a row up. */
export interface ItemChoices {
  readonly rows: number;
  readonly most: number;
  /** [rows, most] */
  readonly items: Int32Array;
  /** [rows, most] */
  readonly values: Float32Array;
}

/** What an item's equations are made of beside the clicks. */
export interface ItemEquations {
  /** λ */
  readonly lambda: number;
  /** What is added to the diagonal beside λ, times what is there. */
  readonly clicks: number;
  /** [U], what each user counts for. */
  readonly userWeights: Float32Array;
}
