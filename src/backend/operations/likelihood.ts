import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { Likelihood } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError } from '../../errors.js';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel, runOwnKernel } from '../own-kernels.js';

/** A(f) of each row, and its gradient as units·perUnit. */
interface Partition {
  /** [B], A(f) */
  readonly value: Tensor1D;
  /** [B, I] */
  readonly perUnit: Tensor2D;
  /** [B, 1] */
  readonly units: Tensor2D;
}

/**
 * Negative log-likelihood of each user's clicks under logits f, with its gradient.
 *
 * The three likelihoods of Liang et al. 2018 (eq. 2 to 4) are all A(f) − Σ_i x_i·f_i, so their gradient
 * is dA/df − x:
 *
 *   multinomial   A = n·log Σ_i exp f_i,  n = Σ_i x_i      dA/df = n·softmax(f)
 *   bernoulli     A = Σ_i log(1 + exp f_i)                 dA/df = sigmoid(f)
 *   gaussian      A = ½·(n + Σ_i f_i²)                     dA/df = f
 *
 * (gaussian with unit variance and without its constant, ½·Σ_i (x_i − f_i)².) The clicks enter as
 * indices; TensorFlow.js's own gradient of a log-softmax would need them dense.
 *
 * @param logits - [B, I]
 * @param clicks - B sparse rows over I items; an empty row yields 0 for the multinomial
 * @param overwrite - nobody reads the logits after the gradient has been asked for, so that a backend may
 *   write it over them
 * @returns [B] nats per user, not averaged; the caller disposes it
 * @throws ShapeError when the shapes differ
 */
export function negativeLogLikelihood(
  tf: TensorFlow,
  likelihood: Likelihood,
  logits: Tensor2D,
  clicks: ClickMatrix,
  overwrite = false,
): Tensor1D {
  const [rows, columns] = logits.shape;
  if (rows !== clicks.rows || columns !== clicks.columns) {
    throw new ShapeError(
      `logits [${rows}, ${columns}] do not fit clicks [${clicks.rows}, ${clicks.columns}]`,
    );
  }
  if (likelihood === 'multinomial' && hasOwnKernel(tf, 'MultvaeMultinomialNll')) {
    return fusedMultinomial(tf, logits, clicks, overwrite);
  }
  const withGradient = tf.customGrad((...args) => {
    const [f, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const { value, perUnit, units } = partitions[likelihood](tf, f, rowLengths(tf, clicks));
    save([perUnit, units]);
    return {
      value: clicks.clicks === 0 ? value : tf.sub(value, clickedLogits(tf, f, clicks)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [perUnit, units] = saved as [Tensor2D, Tensor2D];
        return [expectedLessObserved(tf, perUnit, units, dy as Tensor1D, clicks)];
      },
    };
  });
  return withGradient(logits) as Tensor1D;
}

/** Σ_i x_i·f_i of each row, [B]. */
function clickedLogits(tf: TensorFlow, logits: Tensor2D, clicks: ClickMatrix): Tensor1D {
  if (hasOwnKernel(tf, 'MultvaeClickedLogits')) {
    return runOwnKernel(tf, 'MultvaeClickedLogits', { logits }, { clicks })[0] as Tensor1D;
  }
  const { places, rowOfClick } = clickPlaces(clicks);
  const clicked = tf.gatherND(logits, tf.tensor2d(places, [clicks.clicks, 2], 'int32')); // [clicks]
  const row = tf.tensor2d(rowOfClick, [clicks.clicks, 1], 'int32');
  return tf.scatterND(row, clicked, [clicks.rows]) as Tensor1D;
}

/** dy·(dA/df − x), [B, I]. */
function expectedLessObserved(
  tf: TensorFlow,
  perUnit: Tensor2D,
  units: Tensor2D,
  dy: Tensor1D,
  clicks: ClickMatrix,
): Tensor2D {
  if (hasOwnKernel(tf, 'MultvaeLikelihoodGradient')) {
    const inputs = { perUnit, units, dy };
    return runOwnKernel(tf, 'MultvaeLikelihoodGradient', inputs, { clicks })[0] as Tensor2D;
  }
  const expected = tf.mul(perUnit, tf.mul(units, tf.reshape(dy, [clicks.rows, 1]))) as Tensor2D;
  if (clicks.clicks === 0) return expected;
  const { places, rowOfClick } = clickPlaces(clicks);
  const perClick = tf.gather(dy, tf.tensor1d(rowOfClick, 'int32')); // [clicks]
  const place = tf.tensor2d(places, [clicks.clicks, 2], 'int32');
  return tf.sub(expected, tf.scatterND(place, perClick, [clicks.rows, clicks.columns]));
}

/** The multinomial where a backend computes it in one pass, and its gradient in another. */
function fusedMultinomial(
  tf: TensorFlow,
  logits: Tensor2D,
  clicks: ClickMatrix,
  overwrite: boolean,
): Tensor1D {
  const withGradient = tf.customGrad((...args) => {
    const [f, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const [nll, parts] = runOwnKernel(tf, 'MultvaeMultinomialNll', { logits: f }, { clicks });
    save([f, parts!]);
    return {
      value: nll!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const inputs = { logits: saved[0]!, parts: saved[1]!, dy };
        return runOwnKernel(tf, 'MultvaeMultinomialNllGradient', inputs, { clicks, overwrite });
      },
    };
  });
  return withGradient(logits) as Tensor1D;
}

const partitions: Record<Likelihood, (tf: TensorFlow, logits: Tensor2D, n: Tensor2D) => Partition> =
  {
    /**
     * log Σ exp f comes out of the softmax itself: for the largest logit, log p = f − log Σ exp f, and
     * its p is at least 1/I, so nothing overflows or cancels. The backends' softmax kernels are several
     * times faster than exp, sum and log one after the other.
     */
    multinomial(tf, logits, n) {
      const p = tf.softmax(logits); // [B, I]
      const logSum = tf.sub(tf.max(logits, 1, true), tf.log(tf.max(p, 1, true))); // [B, 1]
      return { value: tf.squeeze(tf.mul(n, logSum), [1]), perUnit: p, units: n };
    },

    /** log(1 + exp f) = max(f, 0) + log(1 + exp(−|f|)), which does not overflow. */
    bernoulli(tf, logits, n) {
      const softplus = tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))); // [B, I]
      return { value: tf.sum(softplus, 1), perUnit: tf.sigmoid(logits), units: tf.onesLike(n) };
    },

    gaussian(tf, logits, n) {
      const squares = tf.sum(tf.square(logits), 1, true); // [B, 1]
      const value = tf.squeeze(tf.mul(tf.add(squares, n), 0.5), [1]) as Tensor1D;
      return { value, perUnit: tf.clone(logits), units: tf.onesLike(n) };
    },
  };

/** n of each row, [B, 1]. */
function rowLengths(tf: TensorFlow, clicks: ClickMatrix): Tensor2D {
  const lengths = new Float32Array(clicks.rows);
  for (let u = 0; u < clicks.rows; u++) lengths[u] = clicks.offsets[u + 1]! - clicks.offsets[u]!;
  return tf.tensor2d(lengths, [clicks.rows, 1]);
}

/** The (row, item) pair of each click, flat, and its row alone. */
function clickPlaces(clicks: ClickMatrix): { places: Int32Array; rowOfClick: Int32Array } {
  const places = new Int32Array(2 * clicks.clicks);
  const rowOfClick = new Int32Array(clicks.clicks);
  for (let u = 0; u < clicks.rows; u++) {
    for (let k = clicks.offsets[u]!; k < clicks.offsets[u + 1]!; k++) {
      places[2 * k] = u;
      places[2 * k + 1] = clicks.items[k]!;
      rowOfClick[k] = u;
    }
  }
  return { places, rowOfClick };
}
