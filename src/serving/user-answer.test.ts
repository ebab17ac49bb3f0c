/** The stages of an answer: which of them run, and when. */

import { describe, expect, it } from 'vitest';
import type { ItemId } from '../data/ids.js';
import { UnknownUserError } from '../errors.js';
import { AnswerCache } from './answer-cache.js';
import {
  type AnswerMoment,
  type AnswerSource,
  answerUser,
  type UserQuestion,
} from './user-answer.js';

/** The stored data and the run, as a test changes them. */
interface State {
  readonly run: string;
  readonly version: number | null;
  readonly catalogue: string | null;
  readonly clicks: readonly number[];
  readonly seen: readonly number[];
}

const before: State = {
  run: 'mult-vae-1',
  version: 1,
  catalogue: '2026',
  clicks: [1, 2],
  seen: [1, 2, 3],
};
const question: UserQuestion = { userId: '7', options: { n: 10, offset: 0 } };

/** Counts how often each stage runs. */
function counting(cacheMb: number) {
  const counts = { moments: 0, profiles: 0, rankings: 0, hit: 0, miss: 0 };
  const cache = cacheMb === 0 ? null : new AnswerCache(cacheMb, (result) => void counts[result]++);
  const ask = async (change: Partial<State & UserQuestion & { failure: Error }> = {}) => {
    const { run, version, catalogue, clicks, seen } = { ...before, ...change };
    const moment: AnswerMoment = {
      rulesKey: () => '',
      items: {
        catalogueVersion: String(catalogue),
        fieldsOf: () => null,
        entries: (items) =>
          items.map((item) => ({ itemId: `${item}` as ItemId, title: null, genres: [], year: 1 })),
        jsonOf: (items) => items.map((item) => [`"${item}"`, '"title":null}'] as const),
      },
    };
    const source: AnswerSource<AnswerMoment> = {
      run: { id: run } as AnswerSource['run'],
      dataVersion: () => version,
      momentOf: (known) => (known === null ? null : moment),
      moment: async () => {
        counts.moments++;
        return moment;
      },
      profile: async () => {
        counts.profiles++;
        return { clicks, seen };
      },
      rank: async () => {
        if (change.failure) throw change.failure;
        counts.rankings++;
        return { source: 'model', offset: 0, items: [5], scores: [counts.rankings], reasons: null };
      },
    };
    const { userId, options } = { ...question, ...change };
    const answer = await answerUser(source, cache, structuredClone({ userId, options }));
    return { ...answer, body: JSON.parse(answer.body.toString()) };
  };
  return { counts, ask };
}

describe('answerUser', () => {
  it('gives every answer an id of its own', async () => {
    const { ask } = counting(1);
    const first = await ask();
    const { recommendationId, source } = first;
    expect(first.body).toEqual({
      userId: '7',
      source: 'model',
      modelVersion: 'mult-vae-1',
      recommendationId,
      offset: 0,
      items: [{ itemId: '5', rank: 1, score: 1, title: null }],
    });
    expect(source).toBe('model');
    expect((await ask()).recommendationId).not.toBe(recommendationId);
  });

  it('does not read the profile again while nothing has changed', async () => {
    const { counts, ask } = counting(1);
    expect((await ask()).body.items).toEqual((await ask()).body.items);
    expect(counts).toMatchObject({ profiles: 1, rankings: 1, hit: 1, miss: 1 });
  });

  it('reads the profile again after any change, and keeps an answer that still holds', async () => {
    const { counts, ask } = counting(1);
    await ask();
    await ask({ version: 2 });
    await ask({ version: 2 });
    expect(counts).toMatchObject({ profiles: 2, rankings: 1, hit: 2, miss: 1 });
  });

  it.each<[string, Partial<State & UserQuestion>]>([
    ['another run', { run: 'mult-vae-2' }],
    ['another user with the same clicks', { userId: '8' }],
    ['another page', { options: { n: 10, offset: 10 } }],
    ['one click more', { clicks: [1, 2, 4], version: 2 }],
    ['a click taken back', { clicks: [1], version: 2 }],
    ['a low rating', { seen: [1, 2, 3, 9], version: 2 }],
    ['the same items divided differently', { clicks: [1, 2, 1], seen: [2, 3], version: 2 }],
    ['other titles', { catalogue: '2027', version: 2 }],
    ['no titles', { catalogue: null, version: 2 }],
  ])('ranks again for %s', async (_, change) => {
    const { counts, ask } = counting(1);
    await ask();
    await ask(change);
    expect(counts.rankings).toBe(2);
    await ask(change);
    expect(counts.rankings).toBe(2);
  });

  it('ranks every time without a cache', async () => {
    const { counts, ask } = counting(0);
    await ask();
    await ask();
    expect(counts).toMatchObject({ profiles: 2, rankings: 2, hit: 0, miss: 0 });
  });

  it('uses nothing of the cache unread while the version of the data is unknown', async () => {
    const { counts, ask } = counting(1);
    await ask({ version: null });
    await ask({ version: null });
    expect(counts).toEqual({ moments: 2, profiles: 2, rankings: 1, hit: 1, miss: 1 });
    await ask({ version: null, clicks: [1] });
    expect(counts.rankings).toBe(2);
    await ask({ version: 1, clicks: [1] });
    expect(counts).toMatchObject({ profiles: 4, rankings: 2 });
    await ask({ version: 1, clicks: [1] });
    expect(counts.profiles).toBe(4);
  });

  it('does not cache a failure', async () => {
    const { counts, ask } = counting(1);
    const failure = new UnknownUserError('broken');
    await expect(ask({ failure })).rejects.toThrow(failure);
    await ask();
    expect(counts).toMatchObject({ profiles: 2, rankings: 1, hit: 0, miss: 2 });
  });
});
