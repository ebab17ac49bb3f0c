/** Reading the golden training steps of networks, and comparing with them. */

import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs';
import type { SparseRows } from '../../src/backend/operations/sparse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import type { StoredTensors } from '../../src/runs/format.js';

export type Matrix = number[][];
export type Parameters = Record<string, Matrix | number[]>;

/** The part of a golden step that all networks share. */
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

/** The golden parameters in the form that a run stores. */
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

/** Dense rows as clicks: every value but 0 is one. */
export function clickRows(values: Matrix): ClickMatrix {
  return ClickMatrix.fromRows(
    values[0]!.length,
    values.map((row) => row.flatMap((x, i) => (x === 0 ? [] : [i]))),
  );
}

/** The encoder's input in the golden step: normalised, without the clicks that the mask drops. */
export function corrupted({ clicks, dropout_mask }: GoldenNetwork): SparseRows {
  const kept = clicks.map((row, u) => row.map((x, i) => x * dropout_mask[u]![i]!));
  const scale = clicks.map((row) => 2 / Math.sqrt(row.reduce((sum, x) => sum + x, 0)));
  return { clicks: clickRows(kept), scale: Float32Array.from(scale) };
}

/** max |a − b| / max |b|. */
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
