/** Compares models in accuracy and beyond. */
import type { ModelConfig } from '../config/models.js';
import type { Protocol } from '../config/protocol.js';
import type { Lineage, StoredRun } from '../runs/format.js';
import { type BestModel, bestModel } from './best-model.js';
import { type BeyondAccuracy, beyondAccuracy } from './beyond/beyond-accuracy.js';
import { type ComparedModel, type Comparison, compare, type IntervalEstimate } from './compare.js';
import type { MetricKey } from './metrics.js';
import { type Newcomers, newcomersOf } from './newcomers.js';
import type { SplitName } from './report.js';
import { compareShort, type ShortComparison, type ShortEvaluation } from './short-profiles.js';
import type { VerdictWords } from './verdict.js';

/** A measured model with its run. */
export interface StudiedModel extends ComparedModel {
  readonly model: string;
  /** Null for a baseline without a run. */
  readonly run: StoredRun | null;
  /** The same model on short profiles. Default: not measured. */
  readonly short?: readonly ShortEvaluation[];
}

/** The origin of a study, so that it can be repeated. */
export interface Provenance {
  readonly packageVersion: string;
  readonly nodeVersion: string;
  /** The backend that computed; null where no model needed one. */
  readonly backend: string | null;
  /** The words of the command. */
  readonly command: readonly string[];
}

/** Several models on the same users: the JSON of `multvae compare --json`. */
export interface Study extends Pick<Comparison, 'users' | 'leftOut' | 'seed' | 'resamples'> {
  readonly split: SplitName;
  readonly dataName: string;
  readonly dataHash: string;
  readonly protocol: Protocol;
  readonly provenance: Provenance;
  readonly models: readonly {
    readonly label: string;
    readonly model: string;
    readonly run: string | null;
    readonly config: ModelConfig | null;
    readonly lineage: Lineage | null;
    readonly metrics: Readonly<Record<MetricKey, IntervalEstimate>>;
    readonly beyondAccuracy: BeyondAccuracy;
  }[];
  /** Users and items that the training did not know; absent where there are none. */
  readonly newcomers?: Newcomers;
  readonly differences: Comparison['differences'];
  /** Which model is best; null where there is one alone. */
  readonly verdict: BestModel | null;
  /** On fold-ins cut to a few clicks, fewest first; absent where that was not measured. */
  readonly shortProfiles?: readonly ShortComparison[];
}

/**
 * Compares measured models.
 *
 * @param models - the first one has a run
 * @param genres - [I], names; null where they are not known
 * @param seed - of the bootstrap
 */
export function study(options: {
  readonly models: readonly StudiedModel[];
  readonly split: SplitName;
  readonly ks: readonly number[];
  readonly genres: readonly (readonly string[])[] | null;
  readonly seed: number;
  readonly provenance: Provenance;
  /** Of the verdict. Default: neutral ones. */
  readonly words?: VerdictWords;
}): Study {
  const { models, split, ks, genres, seed, provenance } = options;
  const { lineage, protocol, vocabulary, split: sets } = models[0]!.run!;
  const comparison = compare(models, seed);
  const population = {
    heldOutUsers: sets[split],
    trainClicks: vocabulary.trainClicks,
    genres,
  };
  const newcomers = newcomersOf(sets[split]);
  const beyond = beyondAccuracy(models, population, ks, seed);
  const { users, leftOut, resamples, differences } = comparison;
  const short = measuredShort(models);
  return {
    split,
    dataName: lineage.dataName,
    dataHash: lineage.dataHash,
    protocol,
    users,
    leftOut,
    seed,
    resamples,
    provenance,
    models: models.map(({ label, model, run }, m) => ({
      label,
      model,
      run: run?.id ?? null,
      config: run?.config ?? null,
      lineage: run?.lineage ?? null,
      metrics: comparison.models[label]!,
      beyondAccuracy: beyond[m]!,
    })),
    ...(newcomers && { newcomers }),
    differences,
    verdict: bestModel(comparison, options.words),
    ...(short !== null && { shortProfiles: compareShort(short, seed) }),
  };
}

/** The models with their short evaluations; null where one was not measured. */
function measuredShort(
  models: readonly StudiedModel[],
): { readonly label: string; readonly short: readonly ShortEvaluation[] }[] | null {
  const measured = models.flatMap(({ label, short }) => (short ? [{ label, short }] : []));
  return measured.length === models.length ? measured : null;
}
