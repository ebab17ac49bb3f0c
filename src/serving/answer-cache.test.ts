/** The cache of answers. */

import { describe, expect, it } from 'vitest';
import { AnswerCache } from './answer-cache.js';

const answerOf = (bytes: number) => ({
  source: 'model' as const,
  length: 10,
  rest: Buffer.alloc(bytes),
});

function counting() {
  const counts = { hit: 0, miss: 0 };
  return { counts, cache: new AnswerCache(1, (result) => counts[result]++) };
}

describe('AnswerCache', () => {
  it('gives an answer for the version that it was made from', () => {
    const { cache, counts } = counting();
    const answer = answerOf(10);
    cache.put('key', answer, { version: 1, fingerprint: 'a' });
    expect(cache.get('key', 1)).toBe(answer);
    expect(cache.get('other', 1)).toBeNull();
    expect(cache.get('key', 2)).toBeNull();
    expect(counts).toEqual({ hit: 1, miss: 0 });
  });

  it('gives it for a later version once its fingerprint is found unchanged', () => {
    const { cache, counts } = counting();
    const answer = answerOf(10);
    cache.put('key', answer, { version: 1, fingerprint: 'a' });
    expect(cache.refresh('key', { version: 2, fingerprint: 'b' })).toBeNull();
    expect(cache.get('key', 2)).toBeNull();
    expect(cache.refresh('key', { version: 2, fingerprint: 'a' })).toBe(answer);
    expect(cache.get('key', 2)).toBe(answer);
    expect(counts).toEqual({ hit: 2, miss: 1 });
  });

  it('stays within its memory and keeps the most recently used', () => {
    const { cache } = counting();
    const origin = { version: 1, fingerprint: 'a' };
    for (const key of ['a', 'b', 'c']) cache.put(key, answerOf(2 ** 18), origin);
    cache.get('a', 1);
    cache.put('d', answerOf(2 ** 18), origin);
    const kept = ['a', 'b', 'c', 'd'].filter((key) => cache.get(key, 1) !== null);
    expect(kept).toEqual(['a', 'c', 'd']);
  });
});
