/** Projection of vectors onto the plane in which they differ most (PCA). */

import { setImmediate } from 'node:timers/promises';
import { RandomStream } from '../random.js';

/** Points in the plane, and how much of the variance each axis keeps. */
export interface Projection {
  /** [N] */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Fractions of the total variance, in [0, 1]. */
  readonly shares: readonly [x: number, y: number];
}

/** Enough to separate the second axis from the third by any gap that shows on a map. */
const maxRounds = 500;

/**
 * The plane in which vectors differ most: their first two principal components, by subspace iteration (Golub & Van
 * Loan, Matrix Computations, section 8.2), which never forms the D × D covariance.
 *
 * On each axis the coordinate largest in absolute value is positive, so the same vectors always give the same map.
 *
 * @param vectors - [N, D], row-major; not changed
 * @param dimensions - D
 */
export function principalPlane(vectors: ArrayLike<number>, dimensions: number): Projection {
  const centred = centre(vectors, meansOf(vectors, dimensions));
  const search = principalAxes(centred, dimensions, 1e-14);
  let step = search.next();
  while (!step.done) step = search.next();
  const x = towardsLargest(along(centred, step.value[0]));
  const y = towardsLargest(along(centred, step.value[1]));
  const whole = dot(centred, centred);
  const share = (coordinates: Float64Array) =>
    whole === 0 ? 0 : dot(coordinates, coordinates) / whole;
  return { x, y, shares: [share(x), share(y)] };
}

/** A turn too small to see: a tenth of a degree in a hundred rounds. */
const visibleTurn = 1e-10;
/** Vectors projected before other tasks of the event loop get their turn. */
const projectedAtOnce = 1000;

/**
 * Projects many vectors onto the plane in which the first few of them differ most. Yields to the event loop.
 *
 * @param vectorAt - the vector at each place from 0 to N − 1, all of the same length
 * @param count - N
 * @param sample - how many of the first vectors decide the plane
 */
export async function sampledPlane(
  vectorAt: (place: number) => ArrayLike<number>,
  count: number,
  sample: number,
): Promise<Pick<Projection, 'x' | 'y'>> {
  if (count === 0) return { x: new Float64Array(0), y: new Float64Array(0) };
  const dimensions = vectorAt(0).length;
  const rows = Math.min(count, sample);
  const vectors = new Float64Array(rows * dimensions);
  for (let row = 0; row < rows; row++) vectors.set(vectorAt(row), row * dimensions);
  const means = meansOf(vectors, dimensions);
  const search = principalAxes(centre(vectors, means), dimensions, visibleTurn);
  let step = search.next();
  for (; !step.done; step = search.next()) await setImmediate();
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  for (let place = 0; place < count; place++) {
    if (place % projectedAtOnce === projectedAtOnce - 1) await setImmediate();
    const vector = centre(vectorAt(place), means);
    x[place] = dot(vector, step.value[0]);
    y[place] = dot(vector, step.value[1]);
  }
  return { x: towardsLargest(x), y: towardsLargest(y) };
}

/**
 * The first two axes of centred vectors; yields after each round.
 *
 * @param tolerance - the search ends when no axis turns by more than this: 1 − |cosine| with the same axis one
 *   round earlier
 */
function* principalAxes(
  centred: Float64Array,
  dimensions: number,
  tolerance: number,
): Generator<void, readonly [Float64Array, Float64Array]> {
  const random = new RandomStream(1, 'projection');
  // A third axis, so that the second converges at the rate of its gap to the fourth.
  let axes: Float64Array[] = [0, 1, 2].map(() =>
    Float64Array.from({ length: dimensions }, () => random.normal()),
  );
  axes = orthonormal(axes);
  for (let round = 0; round < maxRounds; round++) {
    const next = orthonormal(axes.map((axis) => gather(centred, along(centred, axis), dimensions)));
    const turned = [0, 1].map((a) => 1 - Math.abs(dot(next[a]!, axes[a]!)));
    axes = next;
    if (Math.max(...turned) < tolerance) break;
    yield;
  }
  return [axes[0]!, axes[1]!];
}

/** [D] */
function meansOf(vectors: ArrayLike<number>, dimensions: number): Float64Array {
  const rows = vectors.length / dimensions;
  const means = new Float64Array(dimensions);
  for (let k = 0; k < vectors.length; k++) means[k % dimensions]! += vectors[k]! / rows;
  return means;
}

/** A copy of the rows with the means subtracted. */
function centre(vectors: ArrayLike<number>, means: Float64Array): Float64Array {
  const centred = new Float64Array(vectors.length);
  for (let k = 0; k < vectors.length; k++) centred[k] = vectors[k]! - means[k % means.length]!;
  return centred;
}

/** [N], the coordinate of each vector on an axis. */
function along(vectors: Float64Array, axis: Float64Array): Float64Array {
  const dimensions = axis.length;
  return Float64Array.from({ length: vectors.length / dimensions }, (_, row) =>
    dot(vectors.subarray(row * dimensions, (row + 1) * dimensions), axis),
  );
}

/** [D], the sum of the vectors, each multiplied by its coordinate. */
function gather(
  vectors: Float64Array,
  coordinates: Float64Array,
  dimensions: number,
): Float64Array {
  const sum = new Float64Array(dimensions);
  coordinates.forEach((coordinate, row) => {
    for (let d = 0; d < dimensions; d++) sum[d]! += coordinate * vectors[row * dimensions + d]!;
  });
  return sum;
}

/** What is left of an axis below this part of its length is rounding. */
const rounding = 1e-10;

/** Gram–Schmidt orthonormalisation; an axis that depends on earlier ones becomes 0. */
export function orthonormal(axes: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const axis of axes) {
    const rest = Float64Array.from(axis);
    for (const other of done) {
      const part = dot(rest, other);
      for (let d = 0; d < rest.length; d++) rest[d]! -= part * other[d]!;
    }
    const length = Math.sqrt(dot(rest, rest));
    const isDependent = length <= rounding * Math.sqrt(dot(axis, axis));
    done.push(isDependent ? rest.fill(0) : rest.map((value) => value / length));
  }
  return done;
}

/** Flips an axis so that its coordinate largest in absolute value is positive. */
function towardsLargest(coordinates: Float64Array): Float64Array {
  const largest = coordinates.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return largest < 0 ? coordinates.map((value) => -value) : coordinates;
}

/** Σ_d a_d·b_d */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
