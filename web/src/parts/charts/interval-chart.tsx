/** A table of metrics with their confidence intervals drawn to scale. */

import { scaleLinear } from 'd3-scale';
import type { Measured } from '../../server/api.js';

/** Half the width of a 95 % confidence interval, in standard errors. */
const normal95 = 1.96;

interface IntervalChartProps {
  readonly metrics: Readonly<Record<string, Measured>>;
  /** The metrics to show, in order. */
  readonly names: readonly string[];
  /** Metrics of the baseline; a missing one gets no mark. */
  readonly baseline: Readonly<Record<string, Measured>>;
}

/** Metrics as points with 95 % intervals on one scale from 0. A metric without a value is left out. */
export function IntervalChart({ metrics, names, baseline }: IntervalChartProps) {
  const rows = names.flatMap((name) => {
    const { mean = null, se = null } = metrics[name] ?? {};
    if (mean === null) return [];
    const half = normal95 * (se ?? 0);
    const other = baseline[name]?.mean ?? null;
    return [{ name, mean, low: Math.max(0, mean - half), high: Math.min(1, mean + half), other }];
  });
  const highest = Math.max(0.01, ...rows.map(({ high, other }) => Math.max(high, other ?? 0)));
  const across = scaleLinear([0, highest], [0, 100]);
  return (
    <table class="intervals">
      <caption class="unseen">Metrics with 95 % intervals</caption>
      <thead class="unseen">
        <tr>
          <th scope="col">metric</th>
          <th scope="col">picture</th>
          <th scope="col">mean and interval</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, mean, low, high, other }) => (
          <tr key={name}>
            <th scope="row">{metricName(name)}</th>
            <td class="drawn" aria-hidden="true">
              <span class="track">
                <span
                  class="interval"
                  style={{ left: `${across(low)}%`, width: `${across(high) - across(low)}%` }}
                />
                {other !== null && (
                  <span class="point hollow" style={{ left: `${across(other)}%` }} />
                )}
                <span class="point" style={{ left: `${across(mean)}%` }} />
              </span>
            </td>
            <td>
              <b>{mean.toFixed(4)}</b>
              <small>
                {low.toFixed(4)} to {high.toFixed(4)}
              </small>
              {other !== null && <span class="unseen">, baseline {other.toFixed(4)}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A metric's name for readers: `ndcg@100` becomes `NDCG@100`. */
export function metricName(name: string): string {
  const [metric = '', cutoff] = name.split('@');
  const word =
    { ndcg: 'NDCG', mrr: 'MRR', map: 'MAP', 'hit-rate': 'Hit rate' }[metric] ??
    metric.charAt(0).toUpperCase() + metric.slice(1);
  return cutoff === undefined ? word : `${word}@${cutoff}`;
}
