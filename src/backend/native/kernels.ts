/** This package's native kernels: the addon's functions, typed. */

import type { Binding } from './kernels/binding.js';
import { type ElementwiseKernels, elementwiseKernels } from './kernels/elementwise.js';
import { type GaussianKernels, gaussianKernels } from './kernels/gaussian.js';
import { type LayoutKernels, layoutKernels } from './kernels/layout.js';
import { type PackedKernels, packedKernels } from './kernels/packed.js';
import { type ProductKernels, productKernels } from './kernels/product.js';
import { type RankingKernels, rankingKernels } from './kernels/ranking.js';
import { type ReductionKernels, reductionKernels } from './kernels/reduction.js';
import { type RegressionKernels, regressionKernels } from './kernels/regression.js';
import { type SparseKernels, sparseKernels } from './kernels/sparse.js';
import type { InstructionSet, NativeInfo } from './operations.js';

/**
 * The kernels carry the names of `native/operations/operations.h`, and their outputs stand first.
 *
 * Matrices are row-major f32 in arrays that the caller owns, of exactly the stated length. An output
 * shares no memory with an input unless a method says that it may be one. Results are the same bits for
 * every number of threads and in every run, but not for every instruction set. NaN and infinities
 * propagate as IEEE 754 says.
 *
 * An argument that breaks a rule throws an Error with the code `E_NATIVE_ARGUMENT`; nothing is then
 * written. The instruction set and the number of threads hold for the whole process, worker threads
 * included.
 */
export interface NativeKernels
  extends ProductKernels,
    SparseKernels,
    RegressionKernels,
    RankingKernels,
    PackedKernels,
    ElementwiseKernels,
    ReductionKernels,
    GaussianKernels,
    LayoutKernels {
  /** The file that was loaded. */
  readonly path: string;
  /** The functions without their types, for tests. */
  readonly binding: Binding;

  info(): NativeInfo;

  /** @throws Error `E_NATIVE_ARGUMENT` with a sentence when this processor has no such set */
  setIsa(name: InstructionSet): void;

  /** From the next call on; costs next to nothing. @param count - 1..256, the calling thread included */
  setThreads(count: number): void;
}

/** @param path - the file that the binding was loaded from */
export function nativeKernels(binding: Binding, path: string): NativeKernels {
  return {
    path,
    binding,
    info: () => binding.info!() as NativeInfo,
    setIsa: (name) => {
      binding.setIsa!(name);
    },
    setThreads: (count) => {
      binding.setThreads!(count);
    },
    ...productKernels(binding),
    ...sparseKernels(binding),
    ...regressionKernels(binding),
    ...rankingKernels(binding),
    ...packedKernels(binding),
    ...elementwiseKernels(binding),
    ...reductionKernels(binding),
    ...gaussianKernels(binding),
    ...layoutKernels(binding),
  };
}
