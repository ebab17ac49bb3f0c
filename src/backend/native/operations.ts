import type { ClickMatrix } from '../../data/click-matrix.js';

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

/** What computes. */
export interface NativeInfo {
  readonly isa: InstructionSet;
  /** Those that this binary and this processor share, best first. */
  readonly isas: readonly InstructionSet[];
  /** Whether `gemmBf16` has the processor's own instruction. */
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

/** A layer as the addon packed it: memory of the caller's, laid out as `kernels.h` says. */
export interface PackedLayer {
  /** The place in `layerPrecisions`. */
  readonly precision: number;
  readonly depth: number;
  readonly columns: number;
  readonly words: Int32Array;
  readonly bias: Float32Array;
  /** Of int8 alone, as are the offsets; else empty. */
  readonly scales: Float32Array;
  readonly offsets: Int32Array;
}
