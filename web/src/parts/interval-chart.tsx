import { scaleLinear } from 'd3-scale';
import type { Measured } from '../api.js';

/** Half the width of a 95 % interval, in standard errors. */
const normal95 = 1.96;

/** Metrics as points with their 95 % intervals, on one scale from 0. */
export function IntervalChart({ metrics }: { metrics: Readonly<Record<string, Measured>> }) {
  const rows = Object.entries(metrics);
  const most = Math.max(0.01, ...rows.map(([, { mean, se }]) => mean + normal95 * se));
  const across = scaleLinear([0, most], [0, 100]);
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
        {rows.map(([name, { mean, se }]) => {
          const [low, high] = [Math.max(0, mean - normal95 * se), mean + normal95 * se];
          return (
            <tr key={name}>
              <th scope="row">{metricName(name)}</th>
              <td class="picture" aria-hidden="true">
                <span class="track">
                  <span
                    class="interval"
                    style={{ left: `${across(low)}%`, width: `${across(high) - across(low)}%` }}
                  />
                  <span class="point" style={{ left: `${across(mean)}%` }} />
                </span>
              </td>
              <td>
                <b>{mean.toFixed(4)}</b>
                <small>
                  {low.toFixed(4)} to {high.toFixed(4)}
                </small>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** `ndcg@100` as people write it. */
export function metricName(name: string): string {
  const [metric = '', cutoff] = name.split('@');
  const word =
    { ndcg: 'NDCG', mrr: 'MRR', map: 'MAP', 'hit-rate': 'Hit rate' }[metric] ??
    metric.charAt(0).toUpperCase() + metric.slice(1);
  return cutoff === undefined ? word : `${word}@${cutoff}`;
}
