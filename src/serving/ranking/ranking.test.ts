/** A page of a ranking: which model ranks, in which order, and what explains it. */
import { describe, expect, it } from 'vitest';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { UnsupportedError } from '../../errors.js';
import { Popularity } from '../../model/popularity.js';
import { type ItemRules, itemRules, type RuledItems } from '../rules/item-rules.js';
import type { Rule } from '../rules/rule.js';
import { diversityCandidates, type Ranking, rankedWindow, reasonsFor } from './ranking.js';

/** Two kinds of items: even ones point one way, odd ones the other. */
class Kinds extends Popularity {
  readonly counts: number[] = [];

  async itemVectors() {
    const vectors = Float32Array.from({ length: this.itemCount * 2 }, (_, k) => {
      const isOdd = (k >> 1) % 2;
      return k % 2 === isOdd ? 1 : 0;
    });
    return { vectors, dimensions: 2 };
  }

  override async topN(rows: ClickMatrix, n: number, mask: ClickMatrix) {
    this.counts.push(n);
    return super.topN(rows, n, mask);
  }
}

class Explorable extends Kinds {
  async encode() {
    return { dimensions: 1, mean: Float32Array.of(0), spread: Float32Array.of(1) };
  }

  async decode() {
    return Float32Array.from({ length: this.itemCount }, (_, item) => item);
  }
}

const falling = (count: number) => Array.from({ length: count }, (_, item) => count - item);

function rankingOf(model: Kinds, change: Partial<Ranking> = {}): Ranking {
  return {
    model,
    clicks: [0],
    mask: [],
    popularity: Float64Array.from({ length: model.itemCount }, (_, item) => item),
    rules: null,
    fallback: new Popularity(falling(model.itemCount).reverse()),
    isFallback: false,
    ...change,
  };
}

function rulesOf(count: number, ...rules: Omit<Rule, 'id'>[]): ItemRules {
  const known = {
    count,
    indices: (ids: readonly string[]) => ids.map(Number),
    indexOf: Number,
    others: () => [],
    mask: () => [],
    valuesOf: (items: readonly number[]) => items.map(() => ['all']),
  } as unknown as RuledItems;
  return itemRules(
    known,
    rules.map((rule, k) => ({ id: String(k), ...rule })),
  );
}

const page = { n: 3, offset: 0 };
const itemsOf = async (ranking: Ranking, options: object = {}) =>
  (await rankedWindow(ranking, { ...page, ...options })).items;

describe('rankedWindow', () => {
  it('asks the model for what the page needs, and masks', async () => {
    const model = new Kinds(falling(9));
    const { items, scores, ruled } = await rankedWindow(rankingOf(model, { mask: [1, 3] }), page);
    expect([items, scores, ruled]).toEqual([[0, 2, 4], [9, 7, 5], null]);
    expect(await itemsOf(rankingOf(model), { offset: 7 })).toEqual([7, 8]);
    expect(await itemsOf(rankingOf(model), { offset: 9 })).toEqual([]);
    expect(await itemsOf(rankingOf(model, { mask: [6, 7] }), { offset: 5 })).toEqual([5, 8]);
    expect(model.counts).toEqual([3, 9, 8]);
    expect(await itemsOf(rankingOf(model), { novelty: 0, diversity: 0 })).toEqual([0, 1, 2]);
    expect(model.counts).toHaveLength(4);
  });

  it('puts the long tail first with novelty 1, with the scores of the model', async () => {
    const model = new Kinds(falling(5));
    const moved = await rankedWindow(rankingOf(model), { ...page, novelty: 1 });
    expect(moved.items[0]).toBe(0);
    const reversed = { popularity: Float64Array.from([9, 8, 0, 0, 0]) };
    const { items, scores } = await rankedWindow(rankingOf(model, reversed), {
      ...page,
      novelty: 1,
    });
    expect(items).toEqual([2, 3, 4]);
    expect(scores).toEqual([3, 2, 1]);
    expect(model.counts).toEqual([]);
  });

  it('mixes kinds with diversity, by the moved scores where they are moved', async () => {
    const scores = [10, 1, 9, 1, 8, 1];
    const ranking = rankingOf(new Kinds(scores));
    expect(await itemsOf(ranking)).toEqual([0, 2, 4]);
    const mixed = await itemsOf(ranking, { diversity: 1 });
    expect(mixed.slice(0, 2)).toEqual([0, 1]);
    const popularity = Float64Array.from([9, 9, 9, 0, 9, 9]);
    const moved = { novelty: 1, diversity: 0.01 };
    expect(await itemsOf(rankingOf(new Kinds(scores), { popularity }), moved)).toContain(3);
  });

  it('varies the best thousand alone, and gives the rest as it is', async () => {
    const count = diversityCandidates + 6;
    const model = new Kinds(falling(count));
    const n = count;
    const items = await itemsOf(rankingOf(model), { n, diversity: 1 });
    expect(items.slice(0, 2)).toEqual([0, 1]);
    expect([...items].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
    expect(items.slice(diversityCandidates)).toEqual([1000, 1001, 1002, 1003, 1004, 1005]);
    const last = await itemsOf(rankingOf(model), { n: 4, offset: 1001, diversity: 1 });
    expect(last).toEqual([1001, 1002, 1003, 1004]);
  });

  it('follows rules: pins, limits, boosts; scores are those of the model', async () => {
    const model = new Kinds(falling(6));
    const rules = rulesOf(
      6,
      { kind: 'pin', items: ['5'], place: 2 },
      { kind: 'boost', items: ['3'], by: 1 },
    );
    const ranked = await rankedWindow(rankingOf(model, { rules }), page);
    expect([ranked.items, ranked.scores]).toEqual([
      [3, 5, 0],
      [3, 1, 6],
    ]);
    expect(ranked.ruled!.on(ranked.items).applied.map(({ kind }) => kind)).toEqual([
      'pin',
      'boost',
    ]);
    const hiding = rulesOf(6, { kind: 'hide', items: ['0'] });
    expect(await itemsOf(rankingOf(model, { rules: hiding, mask: [1] }))).toEqual([2, 3, 4]);
  });

  it('ranks by popularity for nobody, and explores what can be explored', async () => {
    const model = new Kinds(falling(4));
    expect(await itemsOf(rankingOf(model, { isFallback: true }))).toEqual([3, 2, 1]);
    const exploring = rankingOf(model);
    await expect(itemsOf(exploring, { explore: 0.1 })).rejects.toThrow(UnsupportedError);
    await expect(itemsOf(exploring, { explore: 0.1 })).rejects.toThrow(/popularity has no latent/);
    const explorable = new Explorable(falling(4));
    expect(await itemsOf(rankingOf(explorable))).toEqual([0, 1, 2]);
    expect(await itemsOf(rankingOf(explorable), { explore: 1 })).toEqual([3, 2, 1]);
    const nobody = rankingOf(explorable, { isFallback: true });
    expect(await itemsOf(nobody, { explore: 1, seed: 3 })).toEqual([3, 2, 1]);
  });
});

describe('reasonsFor', () => {
  it('gives none where popularity ranks, and refuses a profile that is too long', async () => {
    const model = new Kinds(falling(3000));
    const clicks = [...Array(2001).keys()];
    const isFallback = rankingOf(model, { isFallback: true, clicks });
    expect(await reasonsFor(isFallback, {}, [1, 2])).toEqual([[], []]);
    await expect(reasonsFor(rankingOf(model, { clicks }), {}, [1])).rejects.toThrow(
      /^the profile has 2001 clicks, .* at most 2000 clicks$/,
    );
    const short = rankingOf(new Kinds(falling(3)), { clicks: [0, 1] });
    expect(await reasonsFor(short, {}, [2])).toEqual([[]]);
  });
});
