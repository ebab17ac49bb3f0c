/** The kernels that this package adds to TensorFlow.js, by name. */

import type { NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import type { ClickMatrix } from '../data/click-matrix.js';
import type { ItemPart } from './collective/item-part.js';
import type { TensorFlow } from './engine.js';

/**
 * B sparse rows as a network takes them: row u is `scale[u]` at the items of `clicks.row(u)`, else 0.
 *
 * One factor a row is enough: L2 normalisation divides a 0/1 row by √n, inverted dropout removes clicks
 * and multiplies the others by 1 / keep.
 */
export interface SparseRows {
  readonly clicks: ClickMatrix;
  /** [B] */
  readonly scale: Float32Array;
}

/**
 * Kernels that a backend may register beyond those of TensorFlow.js: name, inputs and attributes. They
 * carry the names of `native/operations/operations.h`. Where a backend lacks one, TensorFlow.js operations
 * compute the same; they are the definition.
 */
export interface OwnKernels {
  /** { kernel [I, H] } → [B, H]; with a part, the sum over the items of all ranks */
  readonly MultvaeSparseProduct: {
    readonly rows: SparseRows;
    readonly part?: ItemPart | undefined;
  };
  /** { dy [B, H] } → [I, H] */
  readonly MultvaeSparseProductGradient: { readonly rows: SparseRows };
  /** { dy [B, I], kernel [H, I], or [I, H] } → dy·Wᵀ, [B, H]: the sum over the items of all ranks */
  readonly MultvaeItemProduct: { readonly isTransposed: boolean; readonly part: ItemPart };
  /** { logits [B, I] } → nll [B], parts [B, 2] for the gradient; with a part, over the items of all ranks */
  readonly MultvaeMultinomial: {
    readonly clicks: ClickMatrix;
    /** [B], the clicks of each row over all items. Default: those of `clicks`. */
    readonly lengths?: Int32Array | undefined;
    readonly part?: ItemPart | undefined;
  };
  /** { logits, parts, dy [B] } → [B, I]; with `overwrite` in the memory of the logits */
  readonly MultvaeMultinomialGradient: {
    readonly clicks: ClickMatrix;
    readonly overwrite: boolean;
  };
  /** { logits [B, I] } → [B], Σ_i x_i·f_i of each row */
  readonly MultvaeClickedLogits: {
    readonly clicks: ClickMatrix;
    readonly part?: ItemPart | undefined;
  };
  /** { perUnit [B, I], units [B, 1], dy [B] } → perUnit·units·dy − dy·x, [B, I] */
  readonly MultvaeLikelihoodGradient: { readonly clicks: ClickMatrix };
  /** { weight, m, v, gradient } → weight, m, v, in the memory of the old ones where nothing else holds it */
  readonly MultvaeAdam: {
    readonly learningRate: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly epsilon: number;
    /** t, 1 for the first step */
    readonly update: number;
    /** The rows that the gradient is of, ascending, each once; without them, all. */
    readonly rows?: Int32Array | undefined;
  };
  /** { x [B, H], gain [H], bias [H] } → [B, H], mean [B] and 1 / √(variance + ε) [B] for the gradient */
  readonly MultvaeLayerNorm: { readonly epsilon: number };
  /** { dy, x, gain, mean, inverseSpread } → the gradients for x, gain and bias */
  readonly MultvaeLayerNormGradient: Readonly<Record<string, never>>;
  /** { dy [B, H], y } → dy·(1 − y²) */
  readonly MultvaeTanhGradient: Readonly<Record<string, never>>;
  /** { mu [B, L], logvar, noise } → [B, L] */
  readonly MultvaeSampleCode: Readonly<Record<string, never>>;
  /** { dy [B, L], logvar, noise } → the gradient for logvar */
  readonly MultvaeSampleCodeGradient: Readonly<Record<string, never>>;
  /** { mu [B, L], logvar } → [B] */
  readonly MultvaeDivergence: Readonly<Record<string, never>>;
  /** { dy [B], mu [B, L], logvar } → the gradients for mu and logvar */
  readonly MultvaeDivergenceGradient: Readonly<Record<string, never>>;
  /** { hidden [B, H], kernel [H, I] or [I, H], bias [I] } → items int32 [B, n], scores [B, n] */
  readonly MultvaeDecodeTopN: {
    readonly mask: ClickMatrix;
    readonly n: number;
    readonly isTransposed: boolean;
  };
}

/** Whether the current backend has this kernel. */
export function hasOwnKernel(tf: TensorFlow, name: keyof OwnKernels): boolean {
  return Boolean(tf.getKernel(name, tf.getBackend()));
}

/** Runs a kernel that the current backend has. The caller disposes the results. */
export function runOwnKernel<Name extends keyof OwnKernels>(
  tf: TensorFlow,
  name: Name,
  inputs: Record<string, Tensor>,
  attributes: OwnKernels[Name],
): Tensor[] {
  const result: Tensor | Tensor[] = tf
    .engine()
    .runKernel(name, inputs, attributes as unknown as NamedAttrMap);
  return Array.isArray(result) ? result : [result];
}
