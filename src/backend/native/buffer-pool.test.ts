/**
 * The pool that reuses the memory of tensors.
 *
 * Arrays are compared with `===`: `toBe` prepares a difference of their many values, which takes seconds.
 */

import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';

describe('BufferPool', () => {
  it('hands out again what was given back, by length', () => {
    const pool = new BufferPool();
    const first = pool.take(5000);
    expect(pool.take(5000) === first).toBe(false);
    pool.giveBack(first);
    expect(pool.take(5001) === first).toBe(false);
    expect(pool.take(5000) === first).toBe(true);
  });

  it('never hands out what is not its own, or what others may hold', () => {
    const pool = new BufferPool();
    const foreign = new Float32Array(5000);
    pool.giveBack(foreign);
    expect(pool.take(5000) === foreign).toBe(false);
    const shared = pool.take(5000);
    expect(pool.owns(shared)).toBe(true);
    pool.forget(shared.subarray(7, 9));
    expect(pool.owns(shared)).toBe(false);
    pool.giveBack(shared);
    expect(pool.take(5000) === shared).toBe(false);
    const late = pool.take(5000);
    pool.giveBack(late);
    pool.forget(late);
    expect(pool.take(5000) === late).toBe(false);
  });

  it('keeps only so much, and lets go of the lengths that are no longer used', () => {
    const pool = new BufferPool();
    const megabytes = 2 ** 18;
    const old = pool.take(8 * megabytes + 1);
    pool.giveBack(old);
    const taken = Array.from({ length: 33 }, () => pool.take(8 * megabytes));
    for (const values of taken) pool.giveBack(values);
    expect(pool.take(8 * megabytes + 1) === old).toBe(false);
    const again = new Set(Array.from({ length: 33 }, () => pool.take(8 * megabytes)));
    expect(taken.filter((values) => again.has(values))).toHaveLength(32);
  });
});
