import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs';
import type { SparseRows } from '../../src/backend/operations/sparse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import type { StoredTensors } from '../../src/runs/format.js';

export type Matrix = number[][];
export type Parameters = Record<string, Matrix | number[]>;

/** What the golden steps of all networks hold. */
export interface GoldenNetwork {
  readonly items: number;
  readonly hidden: number;
  readonly latent: number;
  readonly clicks: Matrix;
  readonly dropout_mask: Matrix;
  readonly parameters: Parameters;
  readonly inference_scores: Matrix;
}

/** A file of `test/golden`. */
export function readGolden<T extends GoldenNetwork>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8'));
}

/** The golden parameters as a run stores them. */
export function storedParameters({ parameters }: GoldenNetwork): StoredTensors {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [
      name,
      {
        shape: Array.isArray(values[0]) ? [values.length, values[0].length] : [values.length],
        data: Float32Array.from(values.flat()),
      },
    ]),
  );
}

/** Rows of zeros and other numbers as clicks. */
export function clickRows(values: Matrix): ClickMatrix {
  return ClickMatrix.fromRows(
    values[0]!.length,
    values.map((row) => row.flatMap((x, i) => (x === 0 ? [] : [i]))),
  );
}

/** The golden step's input, with the mask's dropped clicks left out. */
export function corrupted({ clicks, dropout_mask }: GoldenNetwork): SparseRows {
  const kept = clicks.map((row, u) => row.map((x, i) => x * dropout_mask[u]![i]!));
  const scale = clicks.map((row) => 2 / Math.sqrt(row.reduce((sum, x) => sum + x, 0)));
  return { clicks: clickRows(kept), scale: Float32Array.from(scale) };
}

/** The largest |a − b| as a part of max|b|. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (let k = 0; k < expected.length; k++) {
    difference = Math.max(difference, Math.abs(actual[k]! - expected[k]!));
    size = Math.max(size, Math.abs(expected[k]!));
  }
  return difference / size;
}

/** A tensor's values. */
export async function valuesOf(tensor: Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}
