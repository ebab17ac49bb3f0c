import { describe, expect, it } from 'vitest';
import { AnswerCache, type AnswerOrigin } from './cache.js';

const origin: AnswerOrigin = {
  ...{ run: 'mult-vae-1', userId: '7', clicks: [1, 2], seen: [1, 2, 3], catalogue: '2026' },
  options: { n: 10, offset: 0 },
};

/** Counts how often an answer is made. */
function counting(bytes = 10) {
  const made: number[] = [];
  const make = async () => {
    made.push(made.length);
    return { source: 'model' as const, rest: Buffer.alloc(bytes, made.length) };
  };
  return { made, make };
}

describe('AnswerCache', () => {
  it('gives the same answer again, and tells whether it was there', async () => {
    const asked: string[] = [];
    const cache = new AnswerCache(1, (result) => asked.push(result));
    const { made, make } = counting();
    const first = await cache.answer(() => origin, make);
    expect(await cache.answer(() => structuredClone(origin), make)).toBe(first);
    expect(made).toHaveLength(1);
    expect(asked).toEqual(['miss', 'hit']);
  });

  it.each<[string, Partial<AnswerOrigin>]>([
    ['another run', { run: 'mult-vae-2' }],
    ['another user with the same clicks', { userId: '8' }],
    ['one click more', { clicks: [1, 2, 4] }],
    ['a click taken back', { clicks: [1] }],
    ['something rated low', { seen: [1, 2, 3, 9] }],
    ['a click that is seen no more', { clicks: [1, 2, 1], seen: [2, 3] }],
    ['other titles', { catalogue: '2027' }],
    ['no titles', { catalogue: null }],
    ['another page', { options: { n: 10, offset: 10 } }],
  ])('makes a new one for %s', async (_, change) => {
    const cache = new AnswerCache(1);
    const { made, make } = counting();
    await cache.answer(() => origin, make);
    await cache.answer(() => ({ ...origin, ...change }), make);
    expect(made).toHaveLength(2);
  });

  it('keeps within its memory, what was used last longest', async () => {
    const cache = new AnswerCache(1);
    const { made, make } = counting(2 ** 18);
    const ask = (userId: string) => cache.answer(() => ({ ...origin, userId }), make);
    for (const user of ['a', 'b', 'c', 'a', 'd']) await ask(user);
    expect(made).toHaveLength(4);
    await ask('a');
    expect(made).toHaveLength(4);
    await ask('b');
    expect(made).toHaveLength(5);
  });

  it('keeps nothing with 0, and nothing that failed', async () => {
    const { made, make } = counting();
    const none = new AnswerCache(0);
    await none.answer(() => origin, make);
    await none.answer(() => origin, make);
    expect(made).toHaveLength(2);
    const cache = new AnswerCache(1);
    const failing = () => Promise.reject(new Error('broken'));
    await expect(cache.answer(() => origin, failing)).rejects.toThrow('broken');
    await cache.answer(() => origin, make);
    expect(made).toHaveLength(3);
  });
});
