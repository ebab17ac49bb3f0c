/** The bars beside scores. */

/** Whether a run's scores are logarithms of probabilities, by the name of its model that begins the run's id. */
export function hasLogarithms(run: string): boolean {
  return /^(mult-vae|mult-dae|rec-vae)-/.test(run);
}

/**
 * How strong each score of a list is, as a part of the strongest. Logarithms are compared by their exponentials, as
 * are scores of which some are below 0; others as they are.
 */
export function strengths(
  scores: readonly number[],
  { areLogarithms }: { readonly areLogarithms: boolean },
): (score: number) => number {
  const highest = Math.max(...scores);
  if (areLogarithms || Math.min(...scores) < 0) return (score) => Math.exp(score - highest);
  return (score) => (highest === 0 ? 0 : score / highest);
}
