/** Batches of an epoch: each user once, in seeded order. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EpochBatches } from './batches.js';
import { ClickMatrix } from './click-matrix.js';

/** Row u clicks only item u, so the items of a batch show its rows. */
function identity(rows: number): ClickMatrix {
  return ClickMatrix.fromRows(
    rows,
    Array.from({ length: rows }, (_, u) => [u]),
  );
}

function rowsOf(batches: EpochBatches): number[][] {
  return Array.from({ length: batches.count }, (_, k) => Array.from(batches.batch(k).items));
}

describe('EpochBatches', () => {
  it('takes every row once, in batches of the given size and one remainder', () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 1, max: 40 }),
      size: fc.integer({ min: 1, max: 50 }),
    });
    fc.assert(
      fc.property(sizes, ({ rows, size }) => {
        const batches = rowsOf(new EpochBatches(identity(rows), size, 1, 1));
        expect(batches.flat().sort((a, b) => a - b)).toEqual(
          Array.from({ length: rows }, (_, u) => u),
        );
        for (const batch of batches.slice(0, -1)) expect(batch).toHaveLength(size);
        expect(batches.at(-1)!.length).toBe(rows - size * (batches.length - 1));
      }),
    );
  });

  it('has another order in every epoch, which can be repeated', () => {
    const order = (seed: number, epoch: number) =>
      rowsOf(new EpochBatches(identity(20), 6, seed, epoch));
    expect(order(1, 1)).toEqual(order(1, 1));
    expect(order(1, 2)).not.toEqual(order(1, 1));
    expect(order(2, 1)).not.toEqual(order(1, 1));
  });
});
