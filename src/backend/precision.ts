/** The precision of matrix products in training. */

import type { Precision } from '../config/network-parameters.js';
import { BackendError } from '../errors.js';
import type { TensorFlow } from './engine.js';

/** A backend whose matrix products can round their operands. */
interface PrecisionBackend {
  precision: Precision;
  /** Why the backend has no bf16, or null when it has. */
  whyNoBf16(): string | null;
}

/**
 * Checks that the current backend has a precision.
 *
 * @throws BackendError that says why not, and what to do
 */
export function requirePrecision(tf: TensorFlow, precision: Precision): void {
  if (precision === 'f32') return;
  const backend = tf.backend() as unknown as Partial<PrecisionBackend>;
  const why = backend.whyNoBf16
    ? backend.whyNoBf16()
    : `the backend ${tf.getBackend()} has none; native has it`;
  if (why === null) return;
  throw new BackendError(
    `precision bf16 cannot be had here: ${why}. Use precision f32, which every backend has.`,
  );
}

/**
 * Computes with the operands of every matrix product rounded to a precision (nearest, ties to even). Sums,
 * the sparse first layer and everything else stay f32. Gradients computed inside are rounded too.
 *
 * @param compute - synchronous
 * @throws BackendError as `requirePrecision`
 */
export function inPrecision<T>(tf: TensorFlow, precision: Precision, compute: () => T): T {
  if (precision === 'f32') return compute();
  requirePrecision(tf, precision);
  const backend = tf.backend() as unknown as PrecisionBackend;
  const before = backend.precision;
  backend.precision = precision;
  try {
    return compute();
  } finally {
    backend.precision = before;
  }
}
