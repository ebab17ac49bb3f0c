import { setImmediate } from 'node:timers/promises';
import { RandomStream } from '../random.js';

/** Points in the plane with how much of the variance each axis keeps. */
export interface Projection {
  /** [N] */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Parts of the whole variance, in [0, 1]. */
  readonly shares: readonly [x: number, y: number];
}

/** More rounds than any gap between the second and the third axis that a map could show needs. */
const mostRounds = 500;

/**
 * The plane in which vectors differ most: their first two principal components, by subspace iteration (Golub & Van
 * Loan, Matrix Computations, section 8.2), which never forms the D × D covariance.
 *
 * An axis points to where its largest coordinate in absolute value is positive, so the same vectors give the same map.
 *
 * @param vectors - [N, D], row-major; not changed
 * @param dimensions - D
 */
export function principalPlane(vectors: ArrayLike<number>, dimensions: number): Projection {
  const centred = centre(vectors, meansOf(vectors, dimensions));
  const search = principalAxes(centred, dimensions, 1e-14);
  let step = search.next();
  while (!step.done) step = search.next();
  const [x, y] = step.value.map((axis) => towardsLargest(along(centred, axis))) as [
    Float64Array,
    Float64Array,
  ];
  const whole = dot(centred, centred);
  const share = (coordinates: Float64Array) =>
    whole === 0 ? 0 : dot(coordinates, coordinates) / whole;
  return { x, y, shares: [share(x), share(y)] };
}

/** A tenth of a degree in a hundred rounds. */
const turnNobodySees = 1e-10;
/** Vectors that are projected before others get their turn. */
const projectedAtOnce = 1000;

/**
 * Many vectors in the plane in which the first few of them differ most. Lets others have their turn meanwhile.
 *
 * @param vectorAt - vectors of the same length, by number
 * @param count - N
 * @param sample - so many of the first decide on the plane
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
  const search = principalAxes(centre(vectors, means), dimensions, turnNobodySees);
  let step = search.next();
  for (; !step.done; step = search.next()) await setImmediate();
  const [x, y] = [new Float64Array(count), new Float64Array(count)];
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
 * @param tolerance - ends the search when no axis turns by more: 1 − |cosine| with the axis of the round before
 */
function* principalAxes(
  centred: Float64Array,
  dimensions: number,
  tolerance: number,
): Generator<void, readonly [Float64Array, Float64Array]> {
  const random = new RandomStream(1, 'projection');
  // Three, so that the second converges as fast as its gap to the fourth allows.
  let axes: Float64Array[] = [0, 1, 2].map(() =>
    Float64Array.from({ length: dimensions }, () => random.normal()),
  );
  axes = orthonormal(axes);
  for (let round = 0; round < mostRounds; round++) {
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

/** A copy with the means taken off each row. */
function centre(vectors: ArrayLike<number>, means: Float64Array): Float64Array {
  const centred = new Float64Array(vectors.length);
  for (let k = 0; k < vectors.length; k++) centred[k] = vectors[k]! - means[k % means.length]!;
  return centred;
}

/** [N], each vector's coordinate on an axis. */
function along(vectors: Float64Array, axis: Float64Array): Float64Array {
  const dimensions = axis.length;
  return Float64Array.from({ length: vectors.length / dimensions }, (_, row) =>
    dot(vectors.subarray(row * dimensions, (row + 1) * dimensions), axis),
  );
}

/** [D], the vectors added up, each times its coordinate. */
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

/** Gram and Schmidt; an axis that nothing is left of stays 0. */
function orthonormal(axes: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const axis of axes) {
    const rest = Float64Array.from(axis);
    for (const other of done) {
      const part = dot(rest, other);
      for (let d = 0; d < rest.length; d++) rest[d]! -= part * other[d]!;
    }
    const length = Math.sqrt(dot(rest, rest));
    done.push(length === 0 ? rest : rest.map((value) => value / length));
  }
  return done;
}

function towardsLargest(coordinates: Float64Array): Float64Array {
  const largest = coordinates.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return largest < 0 ? coordinates.map((value) => -value) : coordinates;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
