/** Exploration: ranking for a profile a little beside the user’s own. */

import { topN } from '../backend/operations/top-n.js';
import { RandomStream } from '../random.js';
import type { Latent, Recommender } from './recommender.js';

/** The part of a recommender that ranking needs. */
export type Ranker = Pick<Recommender, 'score' | 'topN'>;

/**
 * A ranker that scores from a code near the posterior's mean: z = μ + explore·σ·ε with ε ~ N(0, I). At 1 it draws z
 * from q(z|x); at 0 it scores as usual. Dimensions move the further, the less certain the model is of them.
 *
 * @param explore - from 0 to 1
 * @param seed - decides ε alone: the same seed repeats an exploration, and all rows share it
 */
export function exploring(model: Latent, explore: number, seed: number): Ranker {
  const score: Ranker['score'] = async (rows) => {
    const { mean, spread, dimensions } = await model.encode(rows);
    const noise = new RandomStream(seed, 'explore').normals(dimensions); // [L]
    return model.decode(mean.map((mu, k) => mu + explore * spread[k]! * noise[k % dimensions]!));
  };
  return { score, topN: async (rows, n, mask) => topN(await score(rows), mask, n) };
}
