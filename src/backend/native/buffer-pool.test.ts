/**
 * The pool that reuses the memory of tensors.
 *
 * Arrays are compared with `===`: `toBe` prepares a difference of their many values, which takes seconds.
 */

import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.js';

const megabytes = 2 ** 18;

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
    const old = pool.take(20 * megabytes);
    pool.giveBack(old);
    const taken = Array.from({ length: 33 }, () => pool.take(8 * megabytes));
    for (const values of taken) pool.giveBack(values);
    expect(pool.take(20 * megabytes) === old).toBe(false);
    const again = new Set(Array.from({ length: 33 }, () => pool.take(8 * megabytes)));
    expect(taken.filter((values) => again.has(values))).toHaveLength(32);
  });

  it('gives a large array a little more than it needs rather than a new one', () => {
    const pool = new BufferPool();
    const nine = pool.take(9 * megabytes);
    const ten = pool.take(10 * megabytes);
    pool.giveBack(ten);
    pool.giveBack(nine);
    const shared = pool.take(8 * megabytes + 1);
    expect(shared.buffer === nine.buffer).toBe(true);
    expect(shared).toHaveLength(8 * megabytes + 1);
    expect(pool.take(5 * megabytes - 1).buffer === ten.buffer).toBe(false);
    expect(pool.take(5 * megabytes).buffer === ten.buffer).toBe(true);
  });

  it('puts a larger array in the place of one that was a little too small', () => {
    const pool = new BufferPool();
    const small = pool.take(8 * megabytes);
    const smaller = pool.take(3 * megabytes);
    pool.giveBack(smaller);
    pool.giveBack(small);
    const large = pool.take(10 * megabytes);
    pool.giveBack(large);
    expect(pool.take(8 * megabytes).buffer === large.buffer).toBe(true);
    expect(pool.take(8 * megabytes) === small).toBe(false);
    expect(pool.take(3 * megabytes) === smaller).toBe(true);
  });

  it('lets go of all free arrays, and goes on with those that are in use', () => {
    const pool = new BufferPool();
    const free = pool.take(5000);
    const used = pool.take(5000);
    pool.giveBack(free);
    pool.clear();
    expect(pool.take(5000) === free).toBe(false);
    pool.giveBack(used);
    expect(pool.take(5000) === used).toBe(true);
  });
});
