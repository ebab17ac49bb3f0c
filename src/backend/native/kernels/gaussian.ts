/** Kernels of the latent Gaussian: noise, samples and the divergence from N(0, I). */

import type { Binding, MatrixShape } from './binding.js';

export interface GaussianKernels {
  /**
   * Standard normals, the same bits as `RandomStream.normals` in JavaScript.
   *
   * @param out - of even length
   * @param state - [4], the generator's, not all zero; moves on
   */
  normals(out: Float32Array, state: Int32Array): void;

  /** out = mu + noise · exp(½ logvar). */
  sampleCode(out: Float32Array, mu: Float32Array, logvar: Float32Array, noise: Float32Array): void;

  /** The gradient of `sampleCode` for logvar; that for mu is dy. */
  sampleCodeGradient(
    dLogvar: Float32Array,
    dy: Float32Array,
    logvar: Float32Array,
    noise: Float32Array,
  ): void;

  /** out[r] = ½ Σ (exp(logvar) + mu² − 1 − logvar) of each row, at least 0. */
  divergence(out: Float32Array, mu: Float32Array, logvar: Float32Array, shape: MatrixShape): void;

  /** The gradients of `divergence`. @param dy - [rows] */
  divergenceGradient(
    dMu: Float32Array,
    dLogvar: Float32Array,
    mu: Float32Array,
    logvar: Float32Array,
    dy: Float32Array,
    shape: MatrixShape,
  ): void;
}

export function gaussianKernels(binding: Binding): GaussianKernels {
  return {
    normals(out, state) {
      binding.normals!(out, state);
    },

    sampleCode(out, mu, logvar, noise) {
      binding.sampleCode!(out, mu, logvar, noise);
    },

    sampleCodeGradient(dLogvar, dy, logvar, noise) {
      binding.sampleCodeGradient!(dLogvar, dy, logvar, noise);
    },

    divergence(out, mu, logvar, { rows, columns }) {
      binding.divergence!(out, mu, logvar, rows, columns);
    },

    divergenceGradient(dMu, dLogvar, mu, logvar, dy, { rows, columns }) {
      binding.divergenceGradient!(dMu, dLogvar, mu, logvar, dy, rows, columns);
    },
  };
}
