/** Ranks items for one profile: a page of the ranking, and the reasons for it. */

import { ClickMatrix } from '../../data/click-matrix.js';
import { UnsupportedError } from '../../errors.js';
import { type ClickContribution, explain } from '../../model/explain.js';
import { exploring, type Ranker } from '../../model/exploration.js';
import { itemSpaceOf } from '../../model/item-space.js';
import { bestMoved, type MovedRanking } from '../../model/ranking/moved-scores.js';
import { isLatent, type Recommender } from '../../model/recommender.js';
import { diversified } from '../../model/rerank.js';

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
  /** Ranks instead of the model if `isFallback`. */
  readonly fallback: Recommender;
  readonly isFallback: boolean;
}

/** Diversity reorders this many of the best items; the plain ranking follows them. */
export const diversityCandidates = 1000;

/** Longer profiles are not explained, because each click costs a scoring. */
const maxExplainedClicks = 2000;

/**
 * One page of a ranking: at most n items, starting at place `offset`, each with the model's score.
 *
 * @throws UnsupportedError when the model has no latent space to explore, or cannot compare items to diversify
 */
export async function rankedWindow(
  ranking: Ranking,
  options: RankingOptions & { readonly n: number; readonly offset: number },
): Promise<{ items: number[]; scores: number[] }> {
  const { n, offset, diversity = 0 } = options;
  const { itemCount } = ranking.model;
  const ranker = rankerOf(ranking, options);
  const space = diversity > 0 ? await itemSpaceOf(ranking.model) : null;
  const last = Math.min(offset + n, itemCount);
  if (offset >= last) return { items: [], scores: [] };
  const wanted = space === null ? last : Math.max(last, Math.min(diversityCandidates, itemCount));
  const best = await bestItems(ranker, ranking, { ...options, wanted });
  const places = Array.from(best.items.keys());
  if (space !== null && offset < diversityCandidates) {
    const candidates = Math.min(diversityCandidates, places.length);
    const varied = await diversified({
      candidates: best.items.slice(0, candidates),
      scores: best.relevance.slice(0, candidates),
      space,
      diversity,
      n: Math.min(last, candidates),
    });
    places.splice(0, varied.length, ...varied);
  }
  const window = places.slice(offset, last);
  return {
    items: window.map((place) => best.items[place]!),
    scores: window.map((place) => best.scores[place]!),
  };
}

/** At most `wanted` items that the mask allows. */
async function bestItems(
  ranker: Ranker,
  { model: { itemCount }, clicks, mask, popularity }: Ranking,
  { novelty = 0, wanted }: RankingOptions & { readonly wanted: number },
): Promise<MovedRanking> {
  const row = (items: readonly number[]) => ClickMatrix.fromRows(itemCount, [items]);
  if (novelty > 0) {
    const scores = await ranker.score(row(clicks));
    return bestMoved(scores, { novelty, popularity }, row(mask), wanted);
  }
  const best = await ranker.topN(row(clicks), wanted, row(mask));
  const count = best.items.indexOf(-1);
  const end = count < 0 ? wanted : count;
  const scores = Array.from(best.scores.subarray(0, end));
  return { items: Array.from(best.items.subarray(0, end)), scores, relevance: scores };
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
