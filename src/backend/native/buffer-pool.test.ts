/** The pool that reuses the memory of tensors. */

import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';

describe('BufferPool', () => {
  it('hands out again what was given back, by length', () => {
    const pool = new BufferPool();
    const first = pool.take(5000);
    expect(pool.take(5000)).not.toBe(first);
    pool.giveBack(first);
    expect(pool.take(5001)).not.toBe(first);
    expect(pool.take(5000)).toBe(first);
  });

  it('never hands out what is not its own, or what others may hold', () => {
    const pool = new BufferPool();
    const foreign = new Float32Array(5000);
    pool.giveBack(foreign);
    expect(pool.take(5000)).not.toBe(foreign);
    const shared = pool.take(5000);
    expect(pool.owns(shared)).toBe(true);
    pool.forget(shared.subarray(7, 9));
    expect(pool.owns(shared)).toBe(false);
    pool.giveBack(shared);
    expect(pool.take(5000)).not.toBe(shared);
    const late = pool.take(5000);
    pool.giveBack(late);
    pool.forget(late);
    expect(pool.take(5000)).not.toBe(late);
  });

  it('keeps only so much, and lets go of the lengths that are no longer used', () => {
    const pool = new BufferPool();
    const megabytes = 2 ** 18;
    const old = pool.take(8 * megabytes + 1);
    pool.giveBack(old);
    const taken = Array.from({ length: 33 }, () => pool.take(8 * megabytes));
    for (const values of taken) pool.giveBack(values);
    expect(pool.take(8 * megabytes + 1)).not.toBe(old);
    const again = new Set(Array.from({ length: 33 }, () => pool.take(8 * megabytes)));
    expect(taken.filter((values) => again.has(values))).toHaveLength(32);
  });
});
