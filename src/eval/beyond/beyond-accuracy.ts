/** Measures models beyond their mean accuracy: lists, groups of users, bands of items. */
import type { HeldOutUsers } from '../../data/split/users.js';
import { bootstrapMeans, percentileInterval } from '../bootstrap.js';
import type { ComparedModel, IntervalEstimate } from '../compare.js';
import { estimate } from '../evaluate.js';
import { diversity, genreBits } from './diversity.js';
import { coverage, exposure, gini } from './exposure.js';
import {
  activityQuartiles,
  bandAccuracy,
  type Group,
  type GroupColumn,
  popularityBands,
} from './groups.js';
import { novelty, popularityRanks } from './novelty.js';

/** The users and items of a comparison. */
export interface Population {
  readonly heldOutUsers: HeldOutUsers;
  /** [I] */
  readonly trainClicks: Int32Array;
  /** [I], names of genres; null where they are not known. */
  readonly genres: readonly (readonly string[])[] | null;
}

/** The quality of one model's lists at one cutoff. It does not depend on the hidden clicks. */
export interface ListQuality {
  readonly k: number;
  readonly coverage: number;
  readonly gini: number;
  readonly popularityRank: IntervalEstimate;
  /** Null where no genres are known. */
  readonly genreDiversity: IntervalEstimate | null;
}

/** Accuracy within one group of users or items, at the largest cutoff. */
export interface GroupAccuracy {
  readonly group: string;
  readonly range: string;
  /** The number of users in the quartile, or of items in the band. */
  readonly size: number;
  /** The number of users in the means. */
  readonly users: number;
  readonly ndcg: IntervalEstimate;
  readonly recall: IntervalEstimate;
}

/** The share of a band of items in the recommendations and in the hidden clicks. */
export interface BandExposure {
  readonly group: string;
  readonly recommended: number;
  readonly heldOut: number;
}

/** The measurements of one model beyond mean accuracy. */
export interface BeyondAccuracy {
  readonly lists: readonly ListQuality[];
  /** The largest cutoff of `lists`, and the cutoff of the groups. */
  readonly k: number;
  readonly byActivity: readonly GroupAccuracy[];
  readonly byPopularity: readonly GroupAccuracy[];
  readonly exposure: readonly BandExposure[];
}

/**
 * Measures models beyond their mean accuracy. docs/evaluate.md has every definition.
 *
 * @param models - measured on the population's held-out users
 * @param ks - cutoffs, none above the largest that the models were measured at
 * @param seed - of the bootstrap
 * @returns one result a model, in their order
 */
export function beyondAccuracy(
  models: readonly ComparedModel[],
  population: Population,
  ks: readonly number[],
  seed: number,
): BeyondAccuracy[] {
  const { heldOutUsers, trainClicks } = population;
  const k = Math.max(...ks);
  const bands = popularityBands(trainClicks);
  const quartiles = activityQuartiles(heldOutUsers.foldIn, models[0]!.evaluation.rankings.rows);
  const lists = listQualities(models, population, ks, seed);
  const byActivity = quartiles.map((group) => ({
    group,
    accuracy: intervals(
      models.map(({ evaluation }) => ({
        users: group.members,
        ndcg: at(evaluation.perUser.metrics[`ndcg@${k}`]!, group.members),
        recall: at(evaluation.perUser.metrics[`recall@${k}`]!, group.members),
      })),
      seed,
    ),
  }));
  const byPopularity = bands.map((group) => ({
    group,
    accuracy: intervals(
      models.map(({ evaluation }) =>
        bandAccuracy(evaluation.rankings, heldOutUsers.heldOut, group, k),
      ),
      seed,
    ),
  }));
  const table = (
    groups: readonly { group: Group; accuracy: (readonly [GroupColumn, Ends])[] }[],
    m: number,
  ) =>
    groups.flatMap(({ group, accuracy }): GroupAccuracy[] => {
      const [{ users }, ends] = accuracy[m]!;
      const { name, range, members } = group;
      if (users.length === 0) return [];
      return [{ group: name, range, size: members.length, users: users.length, ...ends }];
    });
  return models.map(({ evaluation }, m) => ({
    lists: lists[m]!,
    k,
    byActivity: table(byActivity, m),
    byPopularity: table(byPopularity, m),
    exposure: bandShares(
      exposure(evaluation.rankings, k, trainClicks.length),
      heldOutUsers.heldOut.columnCounts(),
      bands,
    ),
  }));
}

/** [models][cutoffs] */
function listQualities(
  models: readonly ComparedModel[],
  { trainClicks, genres }: Population,
  ks: readonly number[],
  seed: number,
): ListQuality[][] {
  const ranks = popularityRanks(trainClicks);
  const bits = genres && genreBits(genres);
  const columns = models.flatMap(({ evaluation: { rankings } }) =>
    ks.flatMap((k) => [
      novelty(rankings, k, ranks),
      ...(bits === null ? [] : [diversity(rankings, k, bits)]),
    ]),
  );
  const estimates = withIntervals(columns, seed);
  const perCutoff = bits === null ? 1 : 2;
  return models.map(({ evaluation: { rankings } }, m) =>
    ks.map((k, place) => {
      const counts = exposure(rankings, k, trainClicks.length);
      const column = (m * ks.length + place) * perCutoff;
      return {
        k,
        coverage: coverage(counts),
        gini: gini(counts),
        popularityRank: estimates[column]!,
        genreDiversity: bits === null ? null : estimates[column + 1]!,
      };
    }),
  );
}

type Ends = Pick<GroupAccuracy, 'ndcg' | 'recall'>;

/** Estimates with intervals. All models have the same users, so the bootstrap draws them together. */
function intervals(
  columns: readonly GroupColumn[],
  seed: number,
): (readonly [GroupColumn, Ends])[] {
  const estimates = withIntervals(
    columns.flatMap(({ ndcg, recall }) => [ndcg, recall]),
    seed,
  );
  return columns.map((column, m) => [
    column,
    { ndcg: estimates[2 * m]!, recall: estimates[2 * m + 1]! },
  ]);
}

function withIntervals(columns: readonly Float64Array[], seed: number): IntervalEstimate[] {
  const means = bootstrapMeans(columns, seed);
  return columns.map((column, c) => ({ ...estimate(column), ...percentileInterval(means[c]!) }));
}

function at(column: Float64Array, users: Int32Array): Float64Array {
  return Float64Array.from(users, (u) => column[u]!);
}

function bandShares(
  recommended: Int32Array,
  heldOut: Int32Array,
  bands: readonly Group[],
): BandExposure[] {
  const share = (counts: Int32Array, members: Int32Array) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return total === 0 ? 0 : members.reduce((sum, item) => sum + counts[item]!, 0) / total;
  };
  return bands.map(({ name, members }) => ({
    group: name,
    recommended: share(recommended, members),
    heldOut: share(heldOut, members),
  }));
}
