/** What a paired comparison says, in a sentence for someone who runs a shop. */
import { neutralWords, type Words } from '../config/words.js';
import { ArgumentError } from '../errors.js';
import { type ComparedModel, type Comparison, compare, type Difference, holm } from './compare.js';
import type { Evaluation } from './evaluate.js';
import type { MetricKey, MetricName } from './metrics.js';
import { signTest } from './paired-tests.js';

/** The words of a home that a verdict uses. */
export type VerdictWords = Pick<Words, 'item' | 'users' | 'event'>;

/** Two models in one metric, over the same users. */
export interface PairedMetric {
  readonly metric: MetricKey;
  /** Means over the users. */
  readonly first: number;
  readonly second: number;
  /** The first's mean minus the second's, with its 95 % interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Users for whom the first is better, and for whom the second is. */
  readonly ahead: number;
  readonly behind: number;
  /**
   * Two-sided; after Holm's correction where more than two models were compared. Of hits it is that of the sign test.
   * Of the ranking it is that of the paired t-test, and never below 2^(1 − n) with n differing users: no test that
   * only exchanges the two models within a user can give less.
   */
  readonly p: number;
}

/** What was measured of two models, enough for a verdict; plain data that can be stored. */
export interface PairedResult {
  /** Users in both means. */
  readonly users: number;
  /** Whether a list has at least one of a user's hidden clicks: `hit` at 20, or at the least cutoff. */
  readonly hits: PairedMetric;
  /** NDCG at the largest cutoff. */
  readonly ranking: PairedMetric;
}

/** What can be compared: a `Comparison`, or the same part of a `Study`. */
export interface Compared extends Pick<Comparison, 'users' | 'differences'> {
  /** By label. */
  readonly models: Readonly<Record<string, Readonly<Record<MetricKey, { readonly mean: number }>>>>;
}

/** How sure the paired test is of a difference: p below .01, p below .05, or neither. */
export type Certainty = 'certain' | 'likely' | 'open';

/** Whether the first model is better than the second. */
export interface Verdict {
  /** By NDCG at the largest cutoff, if its p-value is below .05. */
  readonly outcome: 'better' | 'worse' | 'undecided';
  /** Of the outcome. */
  readonly certainty: Certainty;
  /** One or two sentences: the hits, and the ranking where it says something else. */
  readonly sentence: string;
}

/** Enough for the ends of an interval in whole users of 100. */
const resamples = 2000;

/** P-values from which on a difference is no more certain, and no more likely. */
const limits = { certain: 0.01, likely: 0.05 } as const;

/**
 * Compares two models in the two metrics of a verdict.
 *
 * @param first - measured on the same users at the same cutoffs as the second
 * @param seed - of the bootstrap that gives the intervals, which are rounded to whole users of 100
 * @throws ArgumentError as `compare`
 */
export function pairedResult(first: Evaluation, second: Evaluation, seed = 1): PairedResult {
  const keys = verdictMetrics(Object.keys(first.metrics) as MetricKey[]);
  const models: ComparedModel[] = [
    { label: 'first', evaluation: only(first, [keys.hits, keys.ranking]) },
    { label: 'second', evaluation: only(second, [keys.hits, keys.ranking]) },
  ];
  return pairOf(compare(models, seed, resamples), 'first', 'second');
}

/**
 * Two models of a comparison, in the two metrics of a verdict.
 *
 * @param first - a label of the comparison, as is `second`
 * @throws ArgumentError when the comparison has no such pair
 */
export function pairOf(compared: Compared, first: string, second: string): PairedResult {
  const keys = verdictMetrics(Object.keys(Object.values(compared.models)[0] ?? {}) as MetricKey[]);
  const pair = { first, second };
  return {
    users: compared.users,
    hits: pairedMetric(compared, keys.hits, { ...pair, test: exactP }),
    ranking: pairedMetric(compared, keys.ranking, { ...pair, test: flooredP }),
  };
}

function pairedMetric(
  { models, differences }: Compared,
  metric: MetricKey,
  pair: {
    readonly first: string;
    readonly second: string;
    readonly test: (difference: Difference) => number;
  },
): PairedMetric {
  const { first, second, test } = pair;
  const family = differences.filter((difference) => difference.metric === metric);
  const at = family.findIndex(
    (d) => (d.first === first && d.second === second) || (d.first === second && d.second === first),
  );
  const found = family[at];
  if (found === undefined) {
    throw new ArgumentError(`the comparison has no ${metric} of ${first} and ${second}`);
  }
  const isTurned = found.first !== first;
  const { difference, low, high, ahead, behind } = found;
  return {
    metric,
    first: models[first]![metric]!.mean,
    second: models[second]![metric]!.mean,
    ...(isTurned
      ? { difference: -difference, low: -high, high: -low, ahead: behind, behind: ahead }
      : { difference, low, high, ahead, behind }),
    p: holm(family.map(test))[at]!,
  };
}

const exactP = ({ ahead, behind }: Difference) => signTest(ahead, behind);

/** With few differing users the t-test promises more than they can show: equal differences give it p = 0. */
const flooredP = ({ p, ahead, behind }: Difference) =>
  Math.max(p, Math.min(1, 2 ** (1 - ahead - behind)));

/** `hit` at 20 or else at the least cutoff, and NDCG at the largest one. */
export function verdictMetrics(keys: readonly MetricKey[]): {
  readonly hits: MetricKey;
  readonly ranking: MetricKey;
} {
  const cutoffs = (name: MetricName) =>
    keys.filter((key) => key.startsWith(`${name}@`)).map(cutoffOf);
  const hits = cutoffs('hit');
  return {
    hits: `hit@${hits.includes(20) ? 20 : Math.min(...hits)}`,
    ranking: `ndcg@${Math.max(...cutoffs('ndcg'))}`,
  };
}

/** How sure a test is of a difference. */
export function certaintyOf({ p }: Pick<PairedMetric, 'p'>): Certainty {
  if (p < limits.certain) return 'certain';
  return p < limits.likely ? 'likely' : 'open';
}

/** Whether the first model is better in one metric. */
export function outcomeOf(paired: Pick<PairedMetric, 'p' | 'difference'>): Verdict['outcome'] {
  if (certaintyOf(paired) === 'open' || paired.difference === 0) return 'undecided';
  return paired.difference > 0 ? 'better' : 'worse';
}

/** Names and words of a verdict. */
export interface VerdictNames {
  /** How the first model is called; null where a reader knows which one is meant. Default: null. */
  readonly first?: string | null;
  readonly second: string;
  /** Default: `neutralWords`. */
  readonly words?: VerdictWords;
}

/**
 * Whether the first of two models is better, with a sentence such as "43 of 100 customers find a hidden purchase among
 * the first 20; popularity manages 24; the difference is certain (600 customers measured)."
 *
 * Users are counted among those measured. Up to 100 users, or where both would round to the same number of 100, the
 * sentence gives the plain counts. A second sentence follows where the ranking says something else than the hits.
 */
export function verdict(result: PairedResult, names: VerdictNames): Verdict {
  const { ranking } = result;
  const outcome = outcomeOf(ranking);
  const certainty = outcome === 'undecided' ? 'open' : certaintyOf(ranking);
  const hits = hitsSentence(result, names);
  const order = agrees(result) ? '' : ` ${rankingSentence(ranking, names)}`;
  return { outcome, certainty, sentence: `${hits}${order}` };
}

/** Whether the ranking is no news after the hits. */
function agrees({ hits, ranking }: PairedResult): boolean {
  return outcomeOf(hits) === outcomeOf(ranking) && certaintyOf(hits) === certaintyOf(ranking);
}

function hitsSentence(result: PairedResult, { first = null, second, words }: VerdictNames): string {
  const { hits, users } = result;
  const { users: people, item, event } = words ?? neutralWords;
  // A rating is hidden with its number, but what is found is the item.
  const hidden = event === 'rating' ? item : event;
  const counts = [hits.first, hits.second].map((mean) => Math.round(mean * users));
  const [own = 0, others = 0] = counts;
  const rates = counts.map((count) => Math.round((100 * count) / users));
  const isRate =
    users > 100 &&
    rates.every((rate, m) => isFair(rate, counts[m]!, users)) &&
    (own === others || rates[0] !== rates[1]);
  const [shown, against] = isRate ? rates : counts;
  const who = isRate
    ? `${shown} of 100 ${people}`
    : `${number(shown!)} of the ${number(users)} ${people} measured`;
  const find = shown === 1 ? 'finds' : 'find';
  const subject = first === null ? '' : `with ${first}, `;
  const cutoff = cutoffOf(hits.metric);
  const place = cutoff === 1 ? 'in the first place' : `among the first ${cutoff}`;
  const measured = isRate ? ` (${number(users)} ${people} measured)` : '';
  const manages = own === others ? 'manages as many' : `manages ${number(against!)}`;
  return upperFirst(
    `${subject}${who} ${find} a hidden ${hidden} ${place}; ${second} ${manages}; ${certaintyText(hits, users)}${measured}.`,
  );
}

/** Whether a rounded rate keeps what a count says: not none where there is one, and not all where one is missing. */
function isFair(rate: number, count: number, users: number): boolean {
  return (rate > 0 || count === 0) && (rate < 100 || count === users);
}

function certaintyText(hits: PairedMetric, users: number): string {
  if (hits.ahead + hits.behind === 0) return 'they are the same';
  if (hits.difference === 0) return 'there is no difference to see';
  const certainty = certaintyOf(hits);
  if (certainty === 'certain') return 'the difference is certain';
  if (certainty === 'likely') return 'the difference is likely, not certain';
  return `the difference may be chance, and the true one anything from ${rangeText(hits, users)}`;
}

/** The 95 % interval in users of 100, such as `2 fewer to 5 more of 100`; with a digit more where whole numbers say 0. */
function rangeText({ low, high }: PairedMetric, users: number): string {
  const places = users > 100 && Math.max(Math.abs(low), Math.abs(high)) < 0.01 ? 1 : 0;
  const side = (value: number) => {
    const size = Math.abs(100 * value).toFixed(places);
    if (Number(size) === 0) return 'none';
    return `${size} ${value < 0 ? 'fewer' : 'more'}`;
  };
  return `${side(low)} to ${side(high)} of 100`;
}

function rankingSentence(ranking: PairedMetric, { second }: VerdictNames): string {
  const { metric, first, second: other, difference } = ranking;
  const name = metric.replace('ndcg', 'NDCG');
  const figures = `${first.toFixed(4)}, ${second} ${other.toFixed(4)}`;
  const order = `By the order of the first ${cutoffOf(metric)} (${name}: ${figures})`;
  const certainty = certaintyOf(ranking);
  if (difference === 0) return `${order} there is no difference.`;
  if (certainty === 'open') return `${order} the difference may be chance.`;
  const better = difference > 0 ? 'better' : 'worse';
  return certainty === 'certain'
    ? `${order} it is ${better}, and that is certain.`
    : `${order} it is ${better}, which is likely, not certain.`;
}

/** A verdict with what a reader should know of it: what "certain" means, and what is not known. */
export interface ExplainedVerdict extends Verdict {
  readonly note: string;
}

/** The verdict, explained. */
export function explainedVerdict(result: PairedResult, names: VerdictNames): ExplainedVerdict {
  return { ...verdict(result, names), note: verdictNote(names.words) };
}

/** What a reader should know of any verdict. */
export function verdictNote(words: VerdictWords = neutralWords): string {
  return `“Certain” means: if both were equally good, chance would give such a difference in fewer than 1 of 100 choices of ${words.users}; “likely”: in fewer than 5 of 100. Not known from this: whether another training of the same kind would do the same, and how ${words.users} respond to what they are shown.`;
}

function only(evaluation: Evaluation, keys: readonly MetricKey[]): Evaluation {
  const pick = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(keys.map((key) => [key, values[key]!]));
  const { metrics, perUser } = evaluation;
  return {
    ...evaluation,
    metrics: pick(metrics),
    perUser: { ...perUser, metrics: pick(perUser.metrics) },
  };
}

function cutoffOf(key: MetricKey): number {
  return Number(key.slice(key.indexOf('@') + 1));
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
