/** Which of several models is best, in sentences. */
import type { MetricKey } from './metrics.js';
import {
  type Compared,
  type ExplainedVerdict,
  explainedVerdict,
  pairOf,
  type VerdictWords,
  verdictMetrics,
} from './verdict.js';

/** Which model is best, as far as the comparison shows. */
export interface BestModel extends ExplainedVerdict {
  /** The label of the model with the highest NDCG at the largest cutoff. */
  readonly best: string;
  /** The label of the next one, which the verdict compares it with. */
  readonly next: string;
  /** Labels of the models that may be as good as the best one, by the paired test; the highest NDCG first. */
  readonly undecided: readonly string[];
}

/**
 * Names the best model and compares it with the next one.
 *
 * The order is that of NDCG at the largest cutoff; models with the same mean keep theirs.
 *
 * @returns null where there are fewer than two models
 */
export function bestModel(compared: Compared, words?: VerdictWords): BestModel | null {
  const models = Object.entries(compared.models);
  const key = verdictMetrics(Object.keys(models[0]?.[1] ?? {}) as MetricKey[]).ranking;
  const labels = models
    .toSorted(([, a], [, b]) => b[key]!.mean - a[key]!.mean)
    .map(([label]) => label);
  const [best, next, ...others] = labels;
  if (best === undefined || next === undefined) return null;
  const against = (second: string) =>
    explainedVerdict(pairOf(compared, best, second), {
      first: best,
      second,
      ...(words && { words }),
    });
  const verdict = against(next);
  const undecided = [next, ...others].filter((label) => against(label).outcome === 'undecided');
  const headline = headlineOf({ best, next, undecided, verdict, models: labels.length });
  return { ...verdict, sentence: `${headline} ${verdict.sentence}`, best, next, undecided };
}

function headlineOf(found: {
  readonly best: string;
  readonly next: string;
  readonly undecided: readonly string[];
  readonly verdict: ExplainedVerdict;
  readonly models: number;
}): string {
  const { best, next, undecided, verdict, models } = found;
  const probably = verdict.certainty === 'likely' ? 'probably ' : '';
  if (undecided.length === 0) {
    return models === 2
      ? `${best} is ${probably}better than ${next}.`
      : `${best} is ${probably}the best of ${models}.`;
  }
  if (models === 2) return `Which is better, ${best} or ${next}, is not decided.`;
  return `${best} leads, but ${undecided.join(' and ')} may be as good.`;
}
