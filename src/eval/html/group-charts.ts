/** Charts of a report by group of users or items: accuracy, and the share of the recommendations. */
import { axisX, barX, dot, gridX, line, ruleX } from '@observablehq/plot';
import { html, type Markup } from '../../html.js';
import type { Study } from '../study.js';
import { ink, modelLegend } from './palette.js';
import { figure, fontSize, plot } from './plot.js';

/** Accuracy of every model in every group, as points with intervals. */
export function groupChart(study: Study, by: 'byActivity' | 'byPopularity', title: string): Markup {
  const { models } = study;
  const rows = models.flatMap(({ beyondAccuracy }, m) =>
    beyondAccuracy[by].map(({ group, range, ndcg }) => ({ group, range, m, ...ndcg })),
  );
  const groups = [...new Set(rows.map(({ group }) => group))];
  const { k } = models[0]!.beyondAccuracy;
  const description = `${title}, NDCG@${k}. ${groups
    .map((group) => {
      const values = rows.filter((row) => row.group === group);
      return `${group}: ${values.map(({ m, mean }) => `${models[m]!.label} ${mean.toFixed(3)}`).join(', ')}.`;
    })
    .join(' ')}`;
  return figure(
    title,
    plot(description, {
      width: 480,
      height: groups.length * (26 + 13 * models.length) + 60,
      marginLeft: 92,
      marginRight: 16,
      marginBottom: 40,
      marginTop: 8,
      style: { fontSize, overflow: 'visible' },
      fy: { domain: groups, label: null, axis: 'left', padding: 0.18, tickSize: 0 },
      y: { domain: models.map((_, m) => m), axis: null, type: 'point', padding: 0.6 },
      x: { zero: true, nice: true },
      marks: [
        gridX({ strokeOpacity: 0.15, ticks: 6 }),
        axisX({ ticks: 6, label: `NDCG@${k}`, labelArrow: 'none' }),
        ruleX([0], { strokeOpacity: 0.5 }),
        ...models.map((_, m) => {
          const data = rows.filter((row) => row.m === m);
          const { color, symbol } = ink(m);
          return [
            line(
              data.flatMap(({ group, low, high }) => [
                { group, x: low, m },
                { group, x: high, m },
              ]),
              { x: 'x', y: 'm', fy: 'group', z: 'group', stroke: color, strokeWidth: 2 },
            ),
            dot(data, {
              x: 'mean',
              y: 'm',
              fy: 'group',
              fill: color,
              symbol,
              r: 3.5,
            }),
          ];
        }),
      ],
    }),
    'wide',
  );
}

/** The share of every band of items in the recommendations of each model and in the hidden clicks. */
export function biasChart(study: Study): Markup {
  const { models } = study;
  const bands = models[0]!.beyondAccuracy.exposure.map(({ group }) => group);
  const names = ['hidden clicks', ...models.map(({ label }) => label)];
  const rows = bands.flatMap((group, b) => [
    { group, n: 0, share: models[0]!.beyondAccuracy.exposure[b]!.heldOut },
    ...models.map(({ beyondAccuracy }, m) => ({
      group,
      n: m + 1,
      share: beyondAccuracy.exposure[b]!.recommended,
    })),
  ]);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const description = `Share of every band of items in the recommendations. ${bands
    .map((group) => {
      const values = rows.filter((row) => row.group === group);
      return `${group}: ${values.map(({ n, share }) => `${names[n]} ${percent(share)}`).join(', ')}.`;
    })
    .join(' ')}`;
  return html`${modelLegend(models.map(({ label }) => label))}
${figure(
  'Share of the recommendations that go to each band',
  plot(description, {
    width: 480,
    height: bands.length * (26 + 15 * names.length) + 60,
    marginLeft: 92,
    marginRight: 16,
    marginBottom: 40,
    marginTop: 8,
    style: { fontSize, overflow: 'visible' },
    fy: { domain: bands, label: null, axis: 'left', padding: 0.15, tickSize: 0 },
    y: { domain: names.map((_, n) => n), axis: null, padding: 0.25 },
    x: { domain: [0, 1] },
    marks: [
      gridX({ strokeOpacity: 0.15, ticks: 5 }),
      axisX({ ticks: 5, tickFormat: '.0%', label: null }),
      ...names.map((_, n) =>
        barX(
          rows.filter((row) => row.n === n),
          {
            x: 'share',
            y: 'n',
            fy: 'group',
            ...(n === 0
              ? { fill: 'var(--page)', stroke: 'currentColor', strokeWidth: 1.2 }
              : { fill: ink(n - 1).color }),
          },
        ),
      ),
    ],
  }),
  'wide',
)}
<p class="note">The outlined bar is the band’s share of the hidden clicks: what users wanted from it.</p>`;
}
