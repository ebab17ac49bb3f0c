/** What the suites of the native kernels share: the kernels, odd sizes, seeded numbers. */

import { expect } from 'vitest';
import { loadNativeKernels } from '../../src/backend/native/addon.js';
import type { NativeKernels } from '../../src/backend/native/kernels.js';
import type { InstructionSet } from '../../src/backend/native/operations.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { BackendError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';

function load(): { kernels: NativeKernels; why: '' } | { kernels: null; why: string } {
  try {
    return { kernels: loadNativeKernels(), why: '' };
  } catch (error) {
    if (error instanceof BackendError) return { kernels: null, why: error.message };
    throw error;
  }
}

const result = load();

/** Why the native suites are skipped, or an empty string. */
export const whySkipped = result.why;

/** The kernels. Use them only in a suite that is skipped when there are none. */
export const native = result.kernels as NativeKernels;

/** Every instruction set of this machine. */
export const isas: readonly InstructionSet[] = result.kernels?.info().isas ?? [];

/** Sizes around the edges of vectors, register tiles, tasks and blocks. */
export const edges = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65];

/**
 * Computes with 1, 2 and 3 threads and once more with 3.
 *
 * @param compute - fills a new array and returns it
 * @returns the result, if all have the same bits
 */
export function anyThreads<T extends Float32Array | Int32Array>(compute: () => T): T {
  const results = [1, 2, 3, 3].map((threads) => {
    native.setThreads(threads);
    return compute();
  });
  native.setThreads(2);
  const [first, ...others] = results as [T, ...T[]];
  for (const other of others) {
    const same = Buffer.from(first.buffer).equals(Buffer.from(other.buffer));
    if (!same) throw new Error('the result depends on the number of threads');
  }
  return first;
}

/** Expects the same numbers, told apart as by `Object.is`. `toEqual` takes a second for a hundred thousand of them. */
export function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) {
      expect.fail(`element ${i} of ${expected.length} is ${actual[i]}, not ${expected[i]}`);
    }
  }
}

/** Computes a value at the first call: for what all instruction sets are compared with. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Seeded random numbers. */
export class Numbers {
  readonly #random: RandomStream;

  constructor(seed: number) {
    this.#random = new RandomStream(seed, 'native-test');
  }

  below(bound: number): number {
    return this.#random.integer(bound);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  normal(length: number, scale = 1): Float32Array {
    return Float32Array.from({ length }, () => this.#random.normal() * scale);
  }

  /** An output full of NaN: it shows when a kernel adds to it or skips an element. */
  garbage(length: number): Float32Array {
    return new Float32Array(length).fill(Number.NaN);
  }

  rows(rows: number, columns: number, density: number): ClickMatrix {
    return ClickMatrix.fromRows(
      columns,
      Array.from({ length: rows }, (_, u) => {
        if (u % 5 === 3) return [];
        const row = new Set<number>();
        for (let i = 0; i < columns; i++) if (this.#random.float() < density) row.add(i);
        // File order is any order.
        return [...row].sort((a, b) => ((a * 7919) % columns) - ((b * 7919) % columns));
      }),
    );
  }
}

/** The distance in units in the last place of f32 between a result and the exact value. */
export function ulps(actual: number, exact: number): number {
  const rounded = Math.fround(exact);
  if (Object.is(actual, rounded) || (Number.isNaN(actual) && Number.isNaN(rounded))) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(rounded)) return Number.POSITIVE_INFINITY;
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(rounded) || 1e-45)));
  return Math.abs(actual - exact) / 2 ** (exponent - 23);
}
