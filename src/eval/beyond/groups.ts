/** Groups of users by activity and of items by popularity, and accuracy within them. */
import type { ClickMatrix } from '../../data/click-matrix.js';
import { type Rankings, rankingOf } from '../evaluate.js';
import { metricKeys, rankingMetrics } from '../metrics.js';
import { byPopularity } from './novelty.js';

/** A group of users or items. */
export interface Group {
  readonly name: string;
  /** What the members have in common, in words. */
  readonly range: string;
  readonly members: Int32Array;
}

/**
 * Users by activity: the quartiles of the number of fold-in clicks. Users with equal numbers stay together, so groups
 * may differ in size. An empty group is left out.
 *
 * @param rows - the users, as rows of `foldIn`
 * @returns groups whose members are positions in `rows`
 */
export function activityQuartiles(foldIn: ClickMatrix, rows: Int32Array): Group[] {
  const counts = Int32Array.from(rows, (row) => foldIn.row(row).length);
  const sorted = Int32Array.from(counts).sort();
  const limits = [1, 2, 3, 4].map((q) => sorted[Math.ceil((q * sorted.length) / 4) - 1]!);
  const names = ['least active', 'less active', 'more active', 'most active'];
  const groupOf = (count: number) => limits.findIndex((limit) => count <= limit);
  return names.flatMap((name, q) => {
    const members = Int32Array.from(counts.keys()).filter((u) => groupOf(counts[u]!) === q);
    if (members.length === 0) return [];
    const clicks = members.map((u) => counts[u]!);
    return [{ name, range: span(clicks, 'fold-in clicks'), members }];
  });
}

/**
 * Items by popularity, in three bands. From the most clicked item on, the head holds the first third of all training
 * clicks, the middle holds the second third, and the tail holds the rest. An item on the boundary belongs to the more
 * popular band. An empty band is left out.
 *
 * @param trainClicks - [I]
 * @returns groups whose members are items
 */
export function popularityBands(trainClicks: Int32Array): Group[] {
  const total = trainClicks.reduce((sum, clicks) => sum + clicks, 0);
  const bands: [string, number[]][] = [
    ['head', []],
    ['middle', []],
    ['tail', []],
  ];
  let before = 0;
  for (const item of byPopularity(trainClicks)) {
    bands[Math.min(2, Math.floor((3 * before) / total))]![1].push(item);
    before += trainClicks[item]!;
  }
  return bands.flatMap(([name, items]) => {
    if (items.length === 0) return [];
    const members = Int32Array.from(items);
    const clicks = members.map((item) => trainClicks[item]!);
    return [{ name, range: span(clicks, 'training clicks'), members }];
  });
}

function span(counts: Int32Array, unit: string): string {
  const low = counts.reduce((minimum, count) => Math.min(minimum, count));
  const high = counts.reduce((maximum, count) => Math.max(maximum, count));
  return low === high ? `${low} ${unit}` : `${low} to ${high} ${unit}`;
}

/** Metrics at a cutoff, of the users to whom they apply. */
export interface GroupColumn {
  /** Positions of the users in the evaluation. */
  readonly users: Int32Array;
  /** [users] */
  readonly ndcg: Float64Array;
  readonly recall: Float64Array;
}

/**
 * Accuracy on a band of items: the rankings are whole, and the hidden items of the band are the only relevant ones.
 * Users without a hidden item of the band are left out.
 */
export function bandAccuracy(
  rankings: Rankings,
  heldOut: ClickMatrix,
  band: Group,
  k: number,
): GroupColumn {
  const inBand = new Uint8Array(heldOut.columns);
  for (const item of band.members) inBand[item] = 1;
  const keys = metricKeys([k]);
  const ndcgAt = keys.indexOf(`ndcg@${k}`);
  const recallAt = keys.indexOf(`recall@${k}`);
  const found = Array.from(rankings.rows, (row, u) => {
    const relevant = heldOut.row(row).filter((item) => inBand[item] === 1);
    return { u, values: rankingMetrics(rankingOf(rankings, u), relevant, [k]) };
  }).filter(({ values }) => values !== null);
  return {
    users: Int32Array.from(found, ({ u }) => u),
    ndcg: Float64Array.from(found, ({ values }) => values![ndcgAt]!),
    recall: Float64Array.from(found, ({ values }) => values![recallAt]!),
  };
}
