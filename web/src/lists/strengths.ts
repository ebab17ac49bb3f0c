/** The bars beside scores. */

/**
 * How strong each score of a list is, as a part of the strongest. Scores of 0 and more are compared as they are. Where
 * some are below 0 they are logarithms, as those of a network, so their exponentials are compared.
 */
export function strengths(scores: readonly number[]): (score: number) => number {
  const highest = Math.max(...scores);
  if (Math.min(...scores) < 0) return (score) => Math.exp(score - highest);
  return (score) => (highest === 0 ? 0 : score / highest);
}
