/** Mixes the tastes of one person. */
import type { RandomStream } from '../../random.js';

/** Some of many tastes, each with its weight. */
export interface Mixture {
  readonly tastes: readonly number[];
  readonly weights: readonly number[];
  draw(random: RandomStream): number;
}

/** One to four of `tastes` tastes, the first the strongest. */
export function drawMixture(tastes: number, random: RandomStream): Mixture {
  const count = 1 + random.integer(4);
  const chosen = [...random.permutation(tastes).subarray(0, count)];
  const raw = chosen.map((_, k) => (0.4 + random.float()) / (k + 1));
  const total = raw.reduce((sum, w) => sum + w, 0);
  const weights = raw.map((w) => w / total);
  const draw = (stream: RandomStream) => {
    let rest = stream.float();
    for (let k = 0; k < count - 1; k++) {
      rest -= weights[k]!;
      if (rest < 0) return chosen[k]!;
    }
    return chosen[count - 1]!;
  };
  return { tastes: chosen, weights, draw };
}
