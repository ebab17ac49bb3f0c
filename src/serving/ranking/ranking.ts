/** Ranks items for one profile: a page of the ranking, and the reasons for it. */

import { ClickMatrix } from '../../data/click-matrix.js';
import { UnsupportedError } from '../../errors.js';
import { type ClickContribution, explain } from '../../model/explain.js';
import { exploring, type Ranker } from '../../model/exploration.js';
import { itemSpaceOf } from '../../model/item-space.js';
import { bestOf, movedScores } from '../../model/ranking/moved-scores.js';
import { isLatent, type Recommender } from '../../model/recommender.js';
import { diversified } from '../../model/rerank.js';
import type { ItemRules } from '../rules/item-rules.js';
import { RuledAnswer, withPins } from '../rules/ruled-answer.js';

/** How to rank, and which part of the ranking to give. */
export interface RankingOptions {
  /** How many items, from 1 on; fewer come back where fewer are left. Default: 10. */
  readonly n?: number | undefined;
  /** How many items to skip. Pages never repeat an item while model and clicks stay the same. Default: 0. */
  readonly offset?: number | undefined;
  /** From 0, the order of the scores, to 1, as unlike as possible (`model/rerank.ts`). Default: 0. */
  readonly diversity?: number | undefined;
  /** From 0, the order of the scores, to 1, the long tail first (`moved-scores.ts`). Default: 0. */
  readonly novelty?: number | undefined;
  /** From 0, the profile's own taste, to 1, a sample from q(z|x) (`model/exploration.ts`). Default: 0. */
  readonly explore?: number | undefined;
  /** Seed of the exploration. Default: 0. */
  readonly seed?: number | undefined;
}

/** A profile, and the models that rank for it. */
export interface Ranking {
  readonly model: Recommender;
  readonly clicks: readonly number[];
  /** Item indices to leave out. */
  readonly mask: readonly number[];
  /** [I], of `popularityScale`. */
  readonly popularity: Float64Array;
  /** The rules in force; null for none. */
  readonly rules: ItemRules | null;
  /** Ranks instead of the model if `isFallback`. */
  readonly fallback: Recommender;
  readonly isFallback: boolean;
}

/** Diversity reorders this many of the best items; the plain ranking follows them. */
export const diversityCandidates = 1000;

/** Longer profiles are not explained, because each click costs a scoring. */
const maxExplainedClicks = 2000;

/** A page of a ranking. */
export interface RankedWindow {
  /** Item indices, best first. */
  readonly items: readonly number[];
  /** The model's, aligned with the items. */
  readonly scores: readonly number[];
  /** The rules at work; null where there are none. */
  readonly ruled: RuledAnswer | null;
}

/**
 * One page of a ranking: at most n items, starting at place `offset`.
 *
 * @throws UnsupportedError when the model has no latent space to explore, or cannot compare items to diversify
 */
export async function rankedWindow(
  ranking: Ranking,
  options: RankingOptions & { readonly n: number; readonly offset: number },
): Promise<RankedWindow> {
  const { n, offset, diversity = 0 } = options;
  const { itemCount } = ranking.model;
  const ranker = rankerOf(ranking, options);
  const space = diversity > 0 ? await itemSpaceOf(ranking.model) : null;
  const ruled = ranking.rules === null ? null : new RuledAnswer(ranking.rules, ranking.mask);
  const last = Math.min(offset + n, itemCount);
  if (offset >= last) return { items: [], scores: [], ruled };
  const wanted = space === null ? last : Math.max(last, Math.min(diversityCandidates, itemCount));
  const best = await bestItems(ranker, { ...ranking, ruled }, { ...options, wanted });
  const pins = ruled?.pins ?? [];
  let rest = best.items;
  if (space !== null && offset - pins.length < diversityCandidates) {
    const candidates = rest.slice(0, diversityCandidates);
    const varied = await diversified({
      candidates,
      scores: candidates.map(best.relevanceOf),
      space,
      diversity,
      n: Math.min(last, candidates.length),
    });
    rest = varied.map((place) => candidates[place]!).concat(rest.slice(varied.length));
  }
  const items = (pins.length === 0 ? rest : withPins(rest, pins, last)).slice(offset, last);
  return { items, scores: items.map(best.scoreOf), ruled };
}

/** The best items of a ranking, without the pinned ones, best first. */
interface BestItems {
  readonly items: readonly number[];
  /** The model's score of an item of the list, or of a pinned one. */
  readonly scoreOf: (item: number) => number;
  /** What orders the items: the score, moved as request and rules want. */
  readonly relevanceOf: (item: number) => number;
}

/** At most `wanted` items. */
async function bestItems(
  ranker: Ranker,
  { model: { itemCount }, clicks, mask, popularity, ruled }: Ranking & Pick<RankedWindow, 'ruled'>,
  { novelty = 0, wanted }: RankingOptions & { readonly wanted: number },
): Promise<BestItems> {
  const row = (items: readonly number[]) => ClickMatrix.fromRows(itemCount, [items]);
  if (novelty > 0 || ruled?.reorders) {
    const scores = await ranker.score(row(clicks));
    const moved = movedScores(scores, { novelty, popularity, shifts: ruled?.shifts ?? null });
    return {
      items: ruled === null ? bestOf(moved, mask, wanted) : ruled.best(moved, wanted),
      scoreOf: (item) => scores[item]!,
      relevanceOf: (item) => moved[item]!,
    };
  }
  const best = await ranker.topN(row(clicks), wanted, row(ruled?.mask ?? mask));
  const count = best.items.indexOf(-1);
  const items = Array.from(count < 0 ? best.items : best.items.subarray(0, count));
  const scores = new Map(items.map((item, place) => [item, best.scores[place]!]));
  const scoreOf = (item: number) => scores.get(item)!;
  return { items, scoreOf, relevanceOf: scoreOf };
}

/**
 * The clicks that raised each item most; none when popularity ranks.
 *
 * @param items - item indices of a ranking with the same options
 * @throws UnsupportedError for a profile that is too long
 */
export async function reasonsFor(
  ranking: Ranking,
  options: RankingOptions,
  items: readonly number[],
  maxReasons = 3,
): Promise<ClickContribution[][]> {
  if (ranking.isFallback) return items.map(() => []);
  const { clicks, model } = ranking;
  if (clicks.length > maxExplainedClicks) {
    throw new UnsupportedError(
      `the profile has ${clicks.length} clicks, and explaining scores once without each of them; ask without explain, or with at most ${maxExplainedClicks} clicks`,
    );
  }
  const ranker = rankerOf(ranking, options);
  return explain((rows) => ranker.score(rows), {
    itemCount: model.itemCount,
    clicks,
    items,
    maxClicks: maxReasons,
  });
}

function rankerOf(
  { model, fallback, isFallback }: Ranking,
  { explore = 0, seed = 0 }: RankingOptions,
): Ranker {
  if (explore > 0 && !isLatent(model)) {
    throw new UnsupportedError(
      `the model ${model.model} has no latent space to explore; choose a run of mult-vae or rec-vae`,
    );
  }
  if (isFallback) return fallback;
  return explore > 0 && isLatent(model) ? exploring(model, explore, seed) : model;
}
