/** Vectors of items from how strongly they are tied to one another. */

import { setImmediate } from 'node:timers/promises';
import { RandomStream } from '../../random.js';
import { dot, orthonormal } from '../projection.js';
import type { ItemEmbedding } from '../recommender.js';

/** Enough directions to tell items apart, few enough to compare a thousand of them within milliseconds. */
const maxDimensions = 64;
/** Multiplications by A. The directions that matter stand out after a few. */
const rounds = 6;
/** Directions with a smaller eigenvalue, relative to the largest, are rounding. */
const minEigenvalue = 1e-6;

/**
 * Vectors of items whose dot products approximate a symmetric matrix A of ties, [I, I]:
 *
 *   v_i·v_j ≈ A_ij,   V = Q·W·√Λ with the largest positive eigenvalues Λ of A
 *
 * by subspace iteration with a Rayleigh–Ritz step (Golub & Van Loan, Matrix Computations, section 8.2), which never
 * forms A. The directions in which A is negative are dropped: they would push items apart that are tied. The same A
 * always gives the same vectors. Yields to the event loop.
 *
 * @param itemCount - I
 * @param multiply - A times a column, [I] → [I]
 * @returns at most 64 dimensions, at least one; an item without ties has a vector of length 0
 */
export async function embeddedItems(
  itemCount: number,
  multiply: (column: Float64Array) => Float64Array,
): Promise<ItemEmbedding> {
  const random = new RandomStream(1, 'item embedding');
  let axes = orthonormal(
    Array.from({ length: Math.min(itemCount, maxDimensions) }, () =>
      Float64Array.from({ length: itemCount }, () => random.normal()),
    ),
  );
  const product = async () => {
    const columns: Float64Array[] = [];
    for (const axis of axes) {
      columns.push(multiply(axis));
      await setImmediate();
    }
    return columns;
  };
  for (let round = 0; round < rounds; round++) axes = orthonormal(await product());
  const columns = await product();
  const { values, vectors } = eigen(axes.map((axis) => columns.map((column) => dot(axis, column))));
  const kept = [...values.keys()]
    .filter((k) => values[k]! > minEigenvalue * Math.max(...values))
    .sort((a, b) => values[b]! - values[a]! || a - b);
  const dimensions = Math.max(1, kept.length);
  const embedding = new Float32Array(itemCount * dimensions);
  kept.forEach((k, d) => {
    const scale = Math.sqrt(values[k]!);
    for (let item = 0; item < itemCount; item++) {
      let sum = 0;
      axes.forEach((axis, a) => {
        sum += axis[item]! * vectors[a]![k]!;
      });
      embedding[item * dimensions + d] = scale * sum;
    }
  });
  return { vectors: embedding, dimensions };
}

/** Sweeps of rotations; each squares what is left off the diagonal. */
const maxSweeps = 30;

/**
 * Eigenvalues and eigenvectors of a small symmetric matrix, by Jacobi's cyclic rotations (Golub & Van Loan, section
 * 8.5).
 *
 * @param matrix - [K, K]; its two triangles are averaged
 * @returns `vectors[a][k]` is entry a of the eigenvector of `values[k]`
 */
function eigen(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const size = matrix.length;
  const a = matrix.map((row, i) => row.map((value, j) => (value + matrix[j]![i]!) / 2));
  const v = matrix.map((_, i) => matrix.map((_, j) => (i === j ? 1 : 0)));
  const whole = a.flat().reduce((sum, value) => sum + value ** 2, 0);
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    let off = 0;
    for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) off += a[i]![j]! ** 2;
    if (off <= 1e-24 * whole) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, p, q);
    }
  }
  return { values: a.map((row, k) => row[k]!), vectors: v };
}

/** One rotation, which makes a_pq 0: a ← Jᵀ·a·J, v ← v·J. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const apq = a[p]![q]!;
  if (apq === 0) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
  const tangent = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  for (const rows of [a, v]) {
    for (const row of rows) {
      const x = row[p]!;
      const y = row[q]!;
      row[p] = cosine * x - sine * y;
      row[q] = sine * x + cosine * y;
    }
  }
  const rowP = a[p]!;
  const rowQ = a[q]!;
  for (let k = 0; k < rowP.length; k++) {
    const x = rowP[k]!;
    const y = rowQ[k]!;
    rowP[k] = cosine * x - sine * y;
    rowQ[k] = sine * x + cosine * y;
  }
}
