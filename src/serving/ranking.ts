import { ClickMatrix } from '../data/click-matrix.js';
import { UnsupportedError } from '../errors.js';
import { type ClickContribution, explain } from '../model/explain.js';
import { exploring, type Ranker } from '../model/exploration.js';
import { itemSpaceOf } from '../model/item-space.js';
import { isLatent, type Recommender } from '../model/recommender.js';
import { diversified } from '../model/rerank.js';

/** How a ranking is made, and which part of it is wanted. */
export interface RankingOptions {
  /** From 1 on, 10 unless given; fewer come back where fewer are left. */
  readonly n?: number | undefined;
  /** How many of the ranking to skip. Pages never repeat an item while neither model nor clicks change. */
  readonly offset?: number | undefined;
  /** From 0, the order of the scores, to 1; 0 unless given (`rerank.ts`). */
  readonly diversity?: number | undefined;
  /** From 0 to 1, how far from the profile's own taste; 0 unless given (`exploration.ts`). */
  readonly explore?: number | undefined;
  /** Which exploration; 0 unless given. */
  readonly seed?: number | undefined;
}

/** What is ranked for whom. */
export interface Ranking {
  readonly model: Recommender;
  readonly clicks: readonly number[];
  /** Item indices that must not come. */
  readonly mask: readonly number[];
  /** Ranks instead of the model where `isFallback`. */
  readonly fallback: Recommender;
  readonly isFallback: boolean;
}

/** So many of the best are put in another order for diversity; after them the plain ranking goes on. */
export const diversityCandidates = 1000;

/** Profiles longer than this are not explained: each click costs a scoring. */
const mostExplained = 2000;

/**
 * Part of a ranking: items offset, offset + 1, … of it, n at most.
 *
 * @throws UnsupportedError when the model has no latent space to explore, or no item vectors to vary by
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
  const row = (items: readonly number[]) => ClickMatrix.fromRows(itemCount, [items]);
  const best = await ranker.topN(row(ranking.clicks), wanted, row(ranking.mask));
  const count = best.items.indexOf(-1);
  if (space === null) {
    const end = count < 0 ? last : Math.min(last, count);
    return {
      items: Array.from(best.items.subarray(offset, end)),
      scores: Array.from(best.scores.subarray(offset, end)),
    };
  }
  const places = Array.from({ length: count < 0 ? wanted : count }, (_, place) => place);
  if (offset < diversityCandidates) {
    const candidates = Math.min(diversityCandidates, places.length);
    const varied = await diversified({
      candidates: best.items.subarray(0, candidates),
      scores: best.scores.subarray(0, candidates),
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

/**
 * The clicks that raised each item most; none where popularity ranks.
 *
 * @param items - of the ranking, made with the same options
 * @throws UnsupportedError for a profile that is too long
 */
export async function reasonsFor(
  ranking: Ranking,
  options: RankingOptions,
  items: readonly number[],
  most = 3,
): Promise<ClickContribution[][]> {
  if (ranking.isFallback) return items.map(() => []);
  const { clicks, model } = ranking;
  if (clicks.length > mostExplained) {
    throw new UnsupportedError(
      `the profile has ${clicks.length} clicks, and explaining leaves out each of them once; at most ${mostExplained} are possible`,
    );
  }
  const ranker = rankerOf(ranking, options);
  return explain((rows) => ranker.score(rows), {
    itemCount: model.itemCount,
    clicks,
    items,
    maxClicks: most,
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
