import { describe, expect, it } from 'vitest';
import { AnswerCache, type AnswerOrigin, type Question } from './answer-cache.js';

type Asked = Omit<Question<AnswerOrigin>, 'origin' | 'version' | 'catalogue' | 'make'> &
  AnswerOrigin & { readonly version: number; readonly catalogue: string | null };

const question: Asked = {
  ...{ run: 'mult-vae-1', userId: '7', clicks: [1, 2], seen: [1, 2, 3], catalogue: '2026' },
  ...{ options: { n: 10, offset: 0 }, version: 1 },
};

/** Counts how often an answer is made, and how often its origin is read. */
function counting(megabytes: number, bytes = 10) {
  const counts = { made: 0, read: 0, hit: 0, miss: 0 };
  const cache = new AnswerCache(megabytes, (result) => counts[result]++);
  const ask = (change: Partial<Asked> = {}) => {
    const { clicks, seen, version, catalogue, ...rest } = { ...question, ...change };
    return cache.answer({
      ...structuredClone(rest),
      origin: () => {
        counts.read++;
        return { clicks, seen };
      },
      version: () => version,
      catalogue: () => catalogue,
      make: async () => ({ source: 'model' as const, rest: Buffer.alloc(bytes, counts.made++) }),
    });
  };
  return { cache, counts, ask };
}

describe('AnswerCache', () => {
  it('gives the same answer again without a look at the clicks while nothing has changed', async () => {
    const { counts, ask } = counting(1);
    expect(await ask()).toBe(await ask());
    expect(counts).toEqual({ made: 1, read: 1, hit: 1, miss: 1 });
  });

  it('looks at the clicks when anything has changed, and keeps what still holds', async () => {
    const { counts, ask } = counting(1);
    const first = await ask();
    expect(await ask({ version: 2 })).toBe(first);
    expect(await ask({ version: 2 })).toBe(first);
    expect(counts).toEqual({ made: 1, read: 2, hit: 2, miss: 1 });
  });

  it.each<[string, Partial<Asked>]>([
    ['another run', { run: 'mult-vae-2' }],
    ['another user with the same clicks', { userId: '8' }],
    ['another page', { options: { n: 10, offset: 10 } }],
    ['one click more', { clicks: [1, 2, 4], version: 2 }],
    ['a click taken back', { clicks: [1], version: 2 }],
    ['something rated low', { seen: [1, 2, 3, 9], version: 2 }],
    ['a click that is seen no more', { clicks: [1, 2, 1], seen: [2, 3], version: 2 }],
    ['other titles', { catalogue: '2027', version: 2 }],
    ['no titles', { catalogue: null, version: 2 }],
  ])('makes a new one for %s', async (_, change) => {
    const { counts, ask } = counting(1);
    await ask();
    await ask(change);
    expect(counts.made).toBe(2);
    await ask(change);
    expect(counts.made).toBe(2);
  });

  it('keeps within its memory, what was used last longest', async () => {
    const { counts, ask } = counting(1, 2 ** 18);
    for (const userId of ['a', 'b', 'c', 'a', 'd']) await ask({ userId });
    expect(counts.made).toBe(4);
    await ask({ userId: 'a' });
    expect(counts.made).toBe(4);
    await ask({ userId: 'b' });
    expect(counts.made).toBe(5);
  });

  it('keeps nothing with 0', async () => {
    const { counts, ask } = counting(0);
    await ask();
    await ask();
    expect(counts).toEqual({ made: 2, read: 2, hit: 0, miss: 0 });
  });

  it('keeps nothing that failed', async () => {
    const { cache, counts, ask } = counting(1);
    const { clicks, seen, version, catalogue, ...rest } = question;
    const origin = () => ({ clicks, seen });
    const make = () => Promise.reject(new Error('broken'));
    await expect(
      cache.answer({ ...rest, origin, version: () => version, catalogue: () => catalogue, make }),
    ).rejects.toThrow('broken');
    await ask();
    expect(counts.made).toBe(1);
  });
});
