/** The tables of a study as text. */
import type { BeyondAccuracy } from './beyond/beyond-accuracy.js';
import type { Interval } from './bootstrap.js';
import type { Difference, IntervalEstimate } from './compare.js';
import type { MetricKey } from './metrics.js';
import { type ShortComparison, shortMetrics } from './short-profiles.js';
import type { Study } from './study.js';

/** A table of text. The first cell of a row names the row. */
export interface TextTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One row a metric, one column a model: `mean [low, high]`. */
export function metricTable({ models }: Study): TextTable {
  const keys = Object.keys(models[0]!.metrics) as MetricKey[];
  return {
    head: ['', ...models.map(({ label }) => label)],
    rows: keys.map((key) => [key, ...models.map(({ metrics }) => estimateCell(metrics[key]!))]),
  };
}

/** One row a metric, one column a model after the first: `difference [low, high] p`. */
export function differenceTable({ models, differences }: Study): TextTable {
  const first = models[0]!.label;
  const others = models.slice(1).map(({ label }) => label);
  const keys = Object.keys(models[0]!.metrics) as MetricKey[];
  const cell = (key: MetricKey, other: string) =>
    differenceCell(
      differences.find((d) => d.metric === key && d.first === first && d.second === other)!,
    );
  return {
    head: [`${first} minus`, ...others],
    rows: keys.map((key) => [key, ...others.map((other) => cell(key, other))]),
  };
}

/** One row a length of short profiles and metric, one column a model: `mean [low, high]`. */
export function shortTable({ models, shortProfiles = [] }: Study): TextTable {
  const labels = models.map(({ label }) => label);
  return {
    head: ['', ...labels],
    rows: shortProfiles.flatMap((length) =>
      shortMetrics.map((key) => [
        `${lengthText(length)}: ${key}`,
        ...labels.map((label) => estimateCell(length.models[label]![key]!)),
      ]),
    ),
  };
}

/** One row a length of short profiles and metric, one column a model after the first: `difference [low, high] p`. */
export function shortDifferenceTable({ models, shortProfiles = [] }: Study): TextTable {
  const [first, ...others] = models.map(({ label }) => label);
  return {
    head: [`${first} minus`, ...others],
    rows: shortProfiles.flatMap((length) =>
      shortMetrics.map((key) => [
        `${lengthText(length)}: ${key}`,
        ...others.map((other) =>
          differenceCell(
            length.differences.find(
              (d) => d.metric === key && d.first === first && d.second === other,
            )!,
          ),
        ),
      ]),
    ),
  };
}

/** `3 clicks`, and how many users it leaves out, if any. */
export function lengthText({
  clicks,
  leftOut,
}: Pick<ShortComparison, 'clicks' | 'leftOut'>): string {
  const unit = clicks === 1 ? 'click' : 'clicks';
  return leftOut === 0 ? `${clicks} ${unit}` : `${clicks} ${unit} (${leftOut} have fewer)`;
}

/** One row a quality of the lists at a cutoff, one column a model. */
export function listTable({ models }: Study): TextTable {
  const lists = models[0]!.beyondAccuracy.lists;
  const row = (name: string, cell: (beyond: BeyondAccuracy, place: number) => string) =>
    lists.map(({ k }, place) => [
      `${name}@${k}`,
      ...models.map(({ beyondAccuracy }) => cell(beyondAccuracy, place)),
    ]);
  return {
    head: ['', ...models.map(({ label }) => label)],
    rows: [
      ...row('coverage', (beyond, place) => beyond.lists[place]!.coverage.toFixed(4)),
      ...row('gini', (beyond, place) => beyond.lists[place]!.gini.toFixed(4)),
      ...row('popularity-rank', (beyond, place) =>
        estimateCell(beyond.lists[place]!.popularityRank, 1),
      ),
      ...(lists[0]!.genreDiversity === null
        ? []
        : row('genre-diversity', (beyond, place) =>
            estimateCell(beyond.lists[place]!.genreDiversity!),
          )),
    ],
  };
}

/** One row a group of users or items, one column a model: NDCG at the largest cutoff. */
export function groupTable({ models }: Study, by: 'byActivity' | 'byPopularity'): TextTable {
  const { k } = models[0]!.beyondAccuracy;
  return {
    head: [`ndcg@${k}`, ...models.map(({ label }) => label)],
    rows: models[0]!.beyondAccuracy[by].map(({ group, range, size }, place) => [
      `${group} (${size} ${by === 'byActivity' ? 'users' : 'items'}, ${range})`,
      ...models.map(({ beyondAccuracy }) => estimateCell(beyondAccuracy[by][place]!.ndcg)),
    ]),
  };
}

/** `mean [low, high]` */
export function estimateCell({ mean, low, high }: IntervalEstimate, places = 4): string {
  return `${mean.toFixed(places)} ${intervalText({ low, high }, places)}`;
}

/** `+difference [low, high] p` */
export function differenceCell({ difference, low, high, pHolm }: Difference): string {
  return `${signed(difference)} [${signed(low)}, ${signed(high)}] p ${pText(pHolm)}`;
}

/** `[low, high]` */
export function intervalText({ low, high }: Interval, places = 4): string {
  return `[${low.toFixed(places)}, ${high.toFixed(places)}]`;
}

/** A p-value to four places, or `< .0001`. */
export function pText(p: number): string {
  return p < 0.0001 ? '< .0001' : p.toFixed(4).replace(/^0/, '');
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}
