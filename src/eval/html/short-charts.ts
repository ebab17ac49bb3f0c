/** The part of a report on short profiles: accuracy by how many clicks the models see. */
import { axisX, axisY, dot, gridY, line, ruleX } from '@observablehq/plot';
import { html, type Markup } from '../../html.js';
import type { ShortComparison, ShortMetric } from '../short-profiles.js';
import type { Study } from '../study.js';
import { lengthText, shortDifferenceTable, shortTable } from '../study-tables.js';
import { dataTable } from './markup.js';
import { ink, modelLegend, modelMark } from './palette.js';
import { figure, fontSize, plot } from './plot.js';

/** Charts and tables of short profiles, with the whole fold-ins beside them. */
export function shortProfiles(study: Study, lengths: readonly ShortComparison[]): Markup {
  const labels = study.models.map(({ label }) => label);
  const heads = labels.map((label, m) => html`${modelMark(m)}<br><small>${label}</small>`);
  const differences =
    labels.length < 2
      ? null
      : dataTable(
          `Short profiles: ${labels[0]} minus each other model, paired differences with their 95 % intervals; p of a paired t-test, Holm-corrected`,
          ['fold-ins cut to', ...heads.slice(1)],
          shortDifferenceTable(study).rows,
        );
  return html`${modelLegend(labels)}
<div class="panels">${lengthChart(study, lengths, 'ndcg@100', 'NDCG@100')}${lengthChart(study, lengths, 'hit@20', 'Hit rate@20')}</div>
<p class="note">The models see only so many clicks of each user, a random sample that is the same for all of them. The hidden clicks and the items that may be recommended stay those of the whole fold-ins. ${counts(lengths)}</p>
${dataTable('Short profiles: mean over users with its 95 % interval', ['fold-ins cut to', ...heads], shortTable(study).rows)}${differences}`;
}

function counts(lengths: readonly ShortComparison[]): string {
  const left = lengths.filter(({ leftOut }) => leftOut > 0);
  if (left.length === 0) return `All ${lengths[0]!.users} users have that many.`;
  return `Measured: ${lengths.map((length) => `${length.users} users with ${lengthText(length)}`).join('; ')}.`;
}

/** One metric of every model by the number of clicks, as points with intervals. */
function lengthChart(
  { models }: Study,
  lengths: readonly ShortComparison[],
  metric: ShortMetric,
  title: string,
): Markup {
  const places = [
    ...lengths.map(({ clicks, models: measured }) => ({
      clicks: String(clicks),
      of: (label: string) => measured[label]![metric],
    })),
    {
      clicks: 'all',
      of: (label: string) => models.find((model) => model.label === label)!.metrics[metric],
    },
  ];
  const series = models.map(({ label }) =>
    places.flatMap(({ clicks, of }) => {
      const estimate = of(label);
      return estimate === undefined ? [] : [{ clicks, ...estimate }];
    }),
  );
  const words = series.map(
    (points, m) =>
      `${models[m]!.label}: ${points.map(({ clicks, mean }) => `${clicks}: ${mean.toFixed(3)}`).join(', ')}.`,
  );
  const spread = 6;
  return figure(
    title,
    plot(`${title} by the clicks that the models see. ${words.join(' ')}`, {
      width: 480,
      height: 320,
      marginLeft: 52,
      marginRight: 14,
      marginBottom: 36,
      style: { fontSize, overflow: 'visible' },
      x: { type: 'point', domain: places.map(({ clicks }) => clicks), padding: 0.4 },
      y: { label: null, nice: true, zero: true },
      marks: [
        gridY({ strokeOpacity: 0.15, ticks: 6 }),
        axisY({ ticks: 6, tickSize: 0 }),
        axisX({ label: 'clicks that the models see', labelArrow: 'none' }),
        ...series.flatMap((points, m) => {
          const { color, dash, symbol } = ink(m);
          // Side by side, so that intervals of several models do not cover one another.
          const dx = spread * (m - (models.length - 1) / 2);
          return [
            line(points, {
              x: 'clicks',
              y: 'mean',
              dx,
              stroke: color,
              strokeWidth: 1.5,
              strokeDasharray: dash || 'none',
            }),
            ruleX(points, { x: 'clicks', y1: 'low', y2: 'high', dx, stroke: color }),
            dot(points, { x: 'clicks', y: 'mean', dx, fill: color, symbol, r: 3.5 }),
          ];
        }),
      ],
    }),
    'wide',
  );
}
