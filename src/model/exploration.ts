import { topN } from '../backend/operations/top-n.js';
import { RandomStream } from '../random.js';
import type { Latent, Recommender } from './recommender.js';

/** What a ranking needs of a recommender. */
export type Ranker = Pick<Recommender, 'score' | 'topN'>;

/**
 * Scores from a code beside the posterior's mean: z = μ + explore·σ·ε with ε ~ N(0, I), so that 1 draws z from q(z|x)
 * and 0 is plain scoring. How far a dimension moves follows how unsure the model is of it.
 *
 * @param explore - from 0 to 1
 * @param seed - ε depends on it alone, so that the same exploration can be repeated, and rows compared under it
 */
export function exploring(model: Latent, explore: number, seed: number): Ranker {
  const score: Ranker['score'] = async (rows) => {
    const { mean, spread, dimensions } = await model.encode(rows);
    const noise = new RandomStream(seed, 'explore').normals(dimensions); // [L]
    return model.decode(mean.map((mu, k) => mu + explore * spread[k]! * noise[k % dimensions]!));
  };
  return { score, topN: async (rows, n, mask) => topN(await score(rows), mask, n) };
}
