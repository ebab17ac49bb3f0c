/** The basket of a known customer, long lists of exclusions, and the ranking of some items alone. */

import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemError } from '../../src/api/problem.js';
import { bodyReaders } from '../../src/api/request-body.js';
import { recommendCommand } from '../../src/cli/commands/recommend.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { runCommand } from '../fixtures/command.js';
import { type ServedHome, servedHome, servedItems } from '../fixtures/served-home.js';

let served: ServedHome;
beforeAll(async () => {
  served = await servedHome();
});
afterAll(() => served.close());

interface Reply {
  readonly userId?: string;
  readonly userKnown?: boolean;
  readonly source: string;
  readonly items: readonly { itemId: string; rank: number; score: number }[];
  readonly unknownItems: readonly string[];
}

async function post(body: object): Promise<Reply> {
  const response = await request(served.app).post('/recommend').send(body);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}

const ids = ({ items }: Pick<Reply, 'items'>) => items.map(({ itemId }) => itemId);
const item = fc.integer({ min: 0, max: servedItems - 1 }).map((k) => String(100 + k));

/** A full sort of the model's scores for a profile, without the items that may not be in the answer. */
async function sorted(clicks: readonly string[], leftOut: readonly string[]): Promise<string[]> {
  const { run, recommender } = served.models.active()!;
  const vocabulary: readonly string[] = run.vocabulary.items;
  const indices = clicks.map((id) => vocabulary.indexOf(id));
  const scores = await recommender.score(ClickMatrix.fromRows(vocabulary.length, [indices]));
  return [...scores.keys()]
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .map((index) => vocabulary[index]!)
    .filter((id) => !leftOut.includes(id));
}

/** What the home stores of a user: the clicks, and everything rated. */
function stored(user: string): { clicks: string[]; rated: string[] } {
  const ratings = served.database.userRatings(user) ?? [];
  return {
    clicks: ratings.filter(({ rating }) => rating! > 3.5).map(({ itemId }) => itemId),
    rated: ratings.map(({ itemId }) => itemId),
  };
}

const union = (...lists: readonly string[][]) => [...new Set(lists.flat())];

describe('POST /recommend with a userId', () => {
  it('answers a user alone as GET does', async () => {
    for (const [query, body] of [
      ['', {}],
      ['?n=7&offset=3&excludeSeen=false', { n: 7, offset: 3, excludeSeen: false }],
      ['?explain=true&diversity=0.4', { explain: true, diversity: 0.4 }],
    ] as const) {
      const { body: got } = await request(served.app).get(`/recommend/17${query}`);
      const posted = await post({ userId: '17', ...body });
      const { recommendationId } = posted as unknown as { recommendationId: string };
      expect(posted).toEqual({ ...got, recommendationId, userKnown: true, unknownItems: [] });
    }
  });

  it('ranks by the stored clicks and the basket, and never recommends the basket', async () => {
    const asked = fc.record({
      userId: fc.constantFrom('1', '17', '40'),
      items: fc.uniqueArray(item, { maxLength: 6 }),
      excludeSeen: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ userId, items, excludeSeen }) => {
        const { clicks, rated } = stored(userId);
        const reply = await post({ userId, items, excludeSeen, n: 1000 });
        const leftOut = excludeSeen ? union(rated, items) : items;
        expect(ids(reply)).toEqual(await sorted(union(clicks, items), leftOut));
        expect(reply).toMatchObject({ userId, userKnown: true, source: 'model', unknownItems: [] });
      }),
      { numRuns: 20 },
    );
  });

  it('takes an item of the basket for a click that the user has rated low', async () => {
    const { clicks, rated } = stored('1');
    const low = rated.find((id) => !clicks.includes(id))!;
    const reply = await post({ userId: '1', items: [low], n: 1000 });
    expect(ids(reply)).toEqual(await sorted([...clicks, low], rated));
    expect(ids(reply)).not.toEqual(ids(await post({ userId: '1', n: 1000 })));
  });

  it('answers an unknown user by the basket alone, and says so', async () => {
    const alone = await post({ items: ['110', 'x'], n: 20 });
    const reply = await post({ userId: 'stranger', items: ['110', 'x'], n: 20 });
    expect(reply.items).toEqual(alone.items);
    expect(reply).toMatchObject({ userKnown: false, source: 'model', unknownItems: ['x'] });
    const nothing = await post({ userId: 'stranger' });
    expect(nothing).toMatchObject({ userKnown: false, source: 'popularity', unknownItems: [] });
    const refused = await request(served.app)
      .post('/recommend')
      .send({ userId: 'stranger', items: ['x'], fallback: 'none' })
      .expect(404);
    expect(refused.body.detail).toBe(
      'no user "stranger" is stored, the model knows none of the items, and fallback is none',
    );
  });

  it.each([
    [{ items: [], excludeSeen: true }, /"excludeSeen" in the body is not a field without userId/],
    [{ userId: 7 }, /userId is 7; give a string/],
    [{ userId: '' }, /userId is ""; give a string of 1 to 500/],
    [{ userId: '1', items: 'a' }, /items is "a"; give a list/],
    [{ userId: '1', only: [1] }, /only\[0\] is 1; give a string/],
    [{ userId: '1', excludeSeen: 'no' }, /excludeSeen is "no"; give true or false/],
    [{ n: 3 }, /items is missing; give a list of at most 10000 strings, or a userId, or both/],
    [{ items: [], only: Array(10_001).fill('1') }, /only is \[.*; give a list of at most 10000/],
  ])('refuses %j', async (body, message) => {
    const { body: problem } = await request(served.app).post('/recommend').send(body).expect(400);
    expect(problem.detail).toMatch(message);
    expect(problem.code).toBe('E_ARGUMENT');
  });
});

describe('exclude', () => {
  const others = (count: number) => Array.from({ length: count }, (_, k) => `not-here-${k}`);

  it('takes 100,000 ids, and no more', async () => {
    const all = ids(await post({ items: ['110'], n: 1000 }));
    const some = await post({
      items: ['110'],
      n: 1000,
      exclude: [...others(99_998), all[0], all[3]],
    });
    expect(ids(some)).toEqual(all.filter((_, place) => place !== 0 && place !== 3));
    const many = await request(served.app)
      .post('/recommend')
      .send({ items: ['110'], exclude: others(100_001) })
      .expect(400);
    expect(many.body.detail).toMatch(/give a list of at most 100000 strings/);
  });

  it('has a limit in bytes, which the refusal names', async () => {
    const body = { items: ['110'], exclude: ['x'.repeat(8_000_000)] };
    const { body: problem } = await request(served.app).post('/recommend').send(body).expect(413);
    expect(problem.detail).toBe('the body is larger than 8 MB');
  });

  it('lets only so many large bodies in at once', () => {
    const admit = bodyReaders({ method: 'post', body: {}, maxBodyMb: 8 })[1]!;
    const enter = (headers: Record<string, string>) => {
      const response = new EventEmitter();
      let refusal: unknown = null;
      const asked = { get: (name: string) => headers[name] } as unknown as Request;
      void admit(asked, response as unknown as Response, (error) => {
        refusal = error ?? null;
      });
      return { refusal, leave: () => response.emit('close') };
    };
    const large = { 'Content-Length': '8000000' };
    const inside = Array.from({ length: 8 }, () => enter(large));
    expect(inside.map(({ refusal }) => refusal)).toEqual(Array(8).fill(null));
    const refused = [enter(large), enter({}), enter({ ...large, 'Content-Length': '1000001' })];
    const packed = enter({ 'Content-Length': '9', 'Content-Encoding': 'gzip' });
    for (const { refusal } of [...refused, packed]) {
      expect(refusal).toBeInstanceOf(ProblemError);
      expect(refusal).toMatchObject({ status: 503, code: 'E_OVERLOAD' });
    }
    expect(enter({ 'Content-Length': '1000000' }).refusal).toBeNull();
    inside[0]!.leave();
    expect(enter(large).refusal).toBeNull();
  });
});

describe('only', () => {
  it('gives exactly the order of the model among the items', async () => {
    const asked = fc.record({
      only: fc.uniqueArray(item, { maxLength: 20 }),
      items: fc.uniqueArray(item, { minLength: 1, maxLength: 4 }),
      genre: fc.option(fc.constantFrom('Drama', 'War'), { nil: undefined }),
      size: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ only, items, genre, size }) => {
        const base = { items, ...(genre && { genre: [genre] }) };
        const all = await post({ ...base, n: 1000 });
        const expected = ids(all).filter((id) => only.includes(id));
        const reply = await post({ ...base, only, n: 1000 });
        expect(ids(reply)).toEqual(expected);
        expect(reply.items.map(({ rank }) => rank)).toEqual(expected.map((_, place) => place + 1));
        const pages: string[] = [];
        for (let offset = 0; offset <= expected.length; offset += size) {
          pages.push(...ids(await post({ ...base, only, n: size, offset })));
        }
        expect(pages).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });

  it('names the unknown ones, and leaves out what was rated or excluded', async () => {
    const { rated } = stored('17');
    const free = ids(await post({ userId: '17', n: 3 }));
    const only = [rated[0]!, 'nowhere', ...free, ' 110 ', 'nowhere'];
    const reply = await post({ userId: '17', items: ['y'], only, exclude: [free[1]] });
    expect(reply.unknownItems).toEqual(['y', 'nowhere']);
    expect(ids(reply)).toEqual(ids(reply).filter((id) => [...free, '110'].includes(id)));
    expect(ids(reply)).not.toContain(free[1]);
    expect(ids(reply).slice(0, 2)).toEqual([free[0], free[2]]);
    expect(ids(await post({ userId: '17', only: [] }))).toEqual([]);
    expect(ids(await post({ items: [], only: ['101', '102'] })).toSorted()).toEqual(['101', '102']);
  });
});

describe('multvae recommend', () => {
  const recommend = (...words: string[]) =>
    runCommand(recommendCommand(), [...words, '--backend', 'cpu', '--home', served.home]);

  it('prints the body of POST /recommend for a basket, with a user and without', async () => {
    for (const [words, body] of [
      [['--items', '110,112', '--items', 'x'], { items: ['110', '112', 'x'] }],
      [['1', '--items', '110', '-n', '4'], { userId: '1', items: ['110'], n: 4 }],
      [['1', '--only', '101,102,103,z'], { userId: '1', only: ['101', '102', '103', 'z'] }],
    ] as const) {
      const { out } = await recommend(...words, '--json');
      const printed = JSON.parse(out);
      const { recommendationId } = printed;
      expect(printed).toEqual({ ...(await post(body)), recommendationId });
      expect(Object.keys(printed)).toEqual(Object.keys(await post(body)));
    }
  });

  it('says which ids the model does not know, and why nothing is left', async () => {
    const unknown = await recommend('--items', 'x,110');
    expect(unknown.err).toMatch(/^mult-vae-\S+ does not know x\n$/);
    const popular = await recommend('--items', 'x');
    expect(popular.err).toMatch(/most popular items: no item of the basket decided on them/);
    const none = await recommend('1', '--only', stored('1').rated[0]!);
    expect(none.err).toMatch(/nothing to recommend to 1: --only names none of the 46 items that/);
    expect((await recommend('--items', '110', '--genre', 'War', '--max-year', '3')).err).toMatch(
      /nothing to recommend to this basket: none of the 59 items that are left fits/,
    );
  });

  it('needs a user or a basket', async () => {
    await expect(recommend('--items', ' , ')).rejects.toThrow(/neither a user nor a basket; give/);
    await expect(recommend()).rejects.toThrow(
      /neither a user nor a basket; give the id of a user, the ids of items with/,
    );
  });
});
