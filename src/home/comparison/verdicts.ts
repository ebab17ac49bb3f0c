/** Verdicts on runs from what was measured before, in the home's present words. */

import { RunError } from '../../errors.js';
import { bestModel } from '../../eval/best-model.js';
import type { SplitName } from '../../eval/report.js';
import {
  type Compared,
  type ExplainedVerdict,
  explainedVerdict,
  type PairedResult,
} from '../../eval/verdict.js';
import type { Evaluations, Runs } from '../../runs/shared/runs.js';
import type { SettingsSource } from '../../serving/settings/settings.js';
import { homeWords, type WordSource } from '../../serving/words/home-words.js';
import { KeptPairs } from './kept-pairs.js';

/** What verdicts are made from. */
export interface VerdictSource {
  readonly store: WordSource & SettingsSource;
  readonly runs: Pick<Runs, 'list'>;
  readonly evaluations: Pick<Evaluations, 'measurement'>;
}

/** A verdict on a run. */
export interface RunVerdict extends ExplainedVerdict {
  readonly run: string;
  /** A run's id, or `popularity`. */
  readonly against: string;
  readonly split: SplitName;
  /** Users who were measured. */
  readonly users: number;
}

/**
 * Each run against popularity, newest run first: as `multvae evaluate` measured it, or as it was judged when it was to be
 * activated. A run that nobody measured is left out.
 */
export async function verdictsOnRuns(source: VerdictSource): Promise<RunVerdict[]> {
  const words = await homeWords(source.store);
  const kept = await KeptPairs.read(source.store.documents);
  const verdicts: RunVerdict[] = [];
  for (const { id } of await source.runs.list()) {
    const found = await measuredOf(source, kept, id);
    if (found === null) continue;
    const { split, paired } = found;
    const verdict = explainedVerdict(paired, { second: against, words });
    verdicts.push({ run: id, against, split, users: paired.users, ...verdict });
  }
  return verdicts;
}

const against = 'popularity';

async function measuredOf(
  source: VerdictSource,
  kept: KeptPairs,
  run: string,
): Promise<{ readonly split: SplitName; readonly paired: PairedResult } | null> {
  for (const split of ['test', 'validation'] as const) {
    const paired = await pairedOf(source, run, split);
    if (paired !== null) return { split, paired };
  }
  const judged = kept.of(run, against);
  return judged && { split: judged.split, paired: judged.result };
}

/** The measurement beside popularity; null where there is none, or its file is damaged. */
async function pairedOf(
  { evaluations }: VerdictSource,
  run: string,
  split: SplitName,
): Promise<PairedResult | null> {
  try {
    return (await evaluations.measurement(run, split))?.paired ?? null;
  } catch (error) {
    if (error instanceof RunError) return null;
    throw error;
  }
}

/** A verdict on two runs; `run` is the one with the higher NDCG. */
export interface PairVerdict extends RunVerdict {
  /** When they were measured, in seconds since 1970. */
  readonly at: number;
}

/**
 * Which of two runs is better, as `multvae compare` last found it.
 *
 * @returns null where they were not compared
 */
export async function verdictOnPair(
  { store, runs }: Pick<VerdictSource, 'store' | 'runs'>,
  [a, b]: readonly [string, string],
): Promise<PairVerdict | null> {
  const pair = (await KeptPairs.read(store.documents)).of(a, b);
  if (pair === null) return null;
  const { split, result, at } = pair;
  const words = await homeWords(store);
  const modelOf = new Map((await runs.list()).map(({ id, model }) => [id, model]));
  const names = [pair.first, pair.second].map((id) => modelOf.get(id) ?? id);
  // Two runs of one model are told apart by their ids.
  const [first, second] = names[0] === names[1] ? [pair.first, pair.second] : names;
  const compared = comparedOf(result, [first!, second!]);
  const { best, next, undecided: _undecided, ...verdict } = bestModel(compared, words)!;
  const idOf = (name: string) => (name === first ? pair.first : pair.second);
  return { run: idOf(best), against: idOf(next), split, users: result.users, at, ...verdict };
}

/** A pair as a comparison of two models with these labels. */
function comparedOf(
  { hits, ranking, users }: PairedResult,
  [first, second]: readonly [string, string],
): Compared {
  const meansOf = (side: 'first' | 'second') =>
    Object.fromEntries([hits, ranking].map((paired) => [paired.metric, { mean: paired[side] }]));
  const differences = [hits, ranking].map((paired) => ({
    ...paired,
    first,
    second,
    pHolm: paired.p,
  }));
  return {
    users,
    models: { [first]: meansOf('first'), [second]: meansOf('second') },
    differences,
  };
}
