/** One suite over every collective: ranks that are threads, and the processes of MPI. */

import { describe, expect, it } from 'vitest';
import { combineInto, partNumbers } from '../../src/backend/collective/block-tree.js';
import { blockCount, ItemPart } from '../../src/backend/collective/item-part.js';
import { inMpi, whyNoMpi } from '../fixtures/ranks/in-mpi.js';
import { inThreads } from '../fixtures/ranks/in-threads.js';
import { lengths, numbersOf, partsOf, type Sums } from '../fixtures/ranks/sums.js';

const module = new URL('../fixtures/ranks/sums.ts', import.meta.url);

/** Adds neighbours, then pairs of neighbours, and so on. */
function tree<T>(leaves: readonly T[], add: (a: T, b: T) => T): T {
  if (leaves.length === 1) return leaves[0]!;
  const half = leaves.length / 2;
  return add(tree(leaves.slice(0, half), add), tree(leaves.slice(half), add));
}

const collectives = [
  ...[1, 2, 4, 8].map((size) => ({
    name: `${size} threads`,
    size,
    why: '',
    sums: () => inThreads(size, module, null) as Promise<Sums[]>,
  })),
  ...[1, 2, 4].map((size) => ({
    name: `${size} processes of MPI ${whyNoMpi}`,
    size,
    why: whyNoMpi,
    sums: () => inMpi(size, module, null) as Promise<Sums[]>,
  })),
];
if (whyNoMpi) console.log(`collectives of MPI ${whyNoMpi}`);

describe.each(collectives)('a collective of $name', ({ size, sums, why }) => {
  const ranks = Array.from({ length: size }, (_, rank) => rank);

  it.skipIf(why)('gives every rank the sums along the tree, bit for bit', async () => {
    const results = await sums();
    for (const result of results) {
      lengths.forEach((length, k) => {
        const doubles = tree(
          ranks.map((rank) => Float64Array.from(numbersOf(rank, length))),
          (a, b) => a.map((x, i) => x + b[i]!),
        );
        const floats = tree(
          ranks.map((rank) => Float32Array.from(numbersOf(rank, length))),
          (a, b) => a.map((x, i) => Math.fround(x + b[i]!)),
        );
        const softmax = tree(
          ranks.map((rank) => Float64Array.from(partsOf(rank, length))),
          (a, b) => {
            const parts = a.slice();
            for (let at = 0; at < parts.length; at += partNumbers) combineInto(parts, at, b, at);
            return parts;
          },
        );
        expect(result.doubles[k]).toEqual(doubles);
        expect(result.floats[k]).toEqual(floats);
        expect(result.softmax[k]).toEqual(softmax);
      });
      expect(result.gathered).toEqual(ranks.map((rank) => 'x'.repeat(rank * 3) + rank));
      expect(result.any).toEqual([true, true, false]);
      expect(result.sentBytes > 0).toBe(size > 1);
    }
  });
});

describe('the blocks of items', () => {
  it('are a power of two, at least 256 items wide, and 64 at most', () => {
    const counts = [1, 511, 512, 3706, 16_383, 16_384, 400_000].map(blockCount);
    expect(counts).toEqual([1, 1, 2, 8, 32, 64, 64]);
  });

  it.each([1, 40, 1000, 1025, 3706, 16_385, 20_108, 400_001])(
    'of %i items are divided in whole, without gaps',
    (items) => {
      for (let size = 1; size <= blockCount(items); size *= 2) {
        const parts = Array.from({ length: size }, (_, rank) => {
          const { first, last, blockWidth } = new ItemPart(items, { rank, size } as never);
          expect(last).toBeGreaterThan(first);
          expect(first % blockWidth).toBe(0);
          return [first, last];
        });
        expect(parts.map(([first]) => first)).toEqual([0, ...parts.slice(0, -1).map((p) => p[1])]);
        expect(parts.at(-1)![1]).toBe(items);
      }
    },
  );
});
