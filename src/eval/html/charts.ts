import {
  areaY,
  axisX,
  axisY,
  barX,
  dot,
  gridX,
  gridY,
  line,
  type PlotOptions,
  ruleX,
} from '@observablehq/plot';
import type { EpochRecord } from '../../runs/format.js';
import type { CurvePoint, CutoffCurves } from '../cutoff-curves.js';
import type { StudiedModel, Study } from '../study.js';
import { html, type Markup } from './markup.js';
import { ink, modelLegend } from './palette.js';
import { figure, plot } from './plot.js';

const panel = { width: 360, height: 230, marginLeft: 52, marginRight: 14, marginBottom: 36 };
const fontSize = '12px';

/** One line a model. */
interface Series {
  readonly model: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

function panelOptions(xLabel: string, yTicks: PlotOptions['y']): PlotOptions {
  return {
    ...panel,
    style: { fontSize, overflow: 'visible' },
    x: { label: xLabel, labelArrow: 'none' },
    y: { label: null, nice: true, ...yTicks },
  };
}

function linePanel(
  title: string,
  description: string,
  xLabel: string,
  series: readonly Series[],
): Markup {
  const { y, ...options } = panelOptions(xLabel, {});
  const marks = [
    gridY({ strokeOpacity: 0.15, ticks: 5 }),
    axisY({ ticks: 5, tickSize: 0 }),
    axisX({ ticks: 6, label: xLabel, labelArrow: 'none' }),
    ...series.map(({ model, points }) =>
      line(points, {
        x: 'x',
        y: 'y',
        stroke: ink(model).color,
        strokeWidth: 2,
        strokeDasharray: ink(model).dash || 'none',
      }),
    ),
  ];
  return figure(title, plot(description, { ...options, y: { ...y }, marks }));
}

/** How each model was trained, epoch by epoch; models without epochs are left out and named. */
export function learningCurves(models: readonly StudiedModel[]): Markup {
  const logs = models.map(({ run }) => run?.log ?? []);
  const without = models.filter((_, m) => logs[m]!.length === 0).map(({ label }) => label);
  const series = (key: keyof EpochRecord, of: readonly number[]): Series[] =>
    of.flatMap((model) => {
      const points = logs[model]!.map((epoch) => ({ x: epoch.epoch, y: epoch[key] })).filter(
        ({ y }) => Number.isFinite(y),
      );
      // A model without a KL term logs zeros.
      return points.every(({ y }) => y === 0) ? [] : [{ model, points }];
    });
  const all = [...models.keys()];
  // Losses of different likelihoods are on different scales, so each has a plot of its own.
  const likelihoods = new Set(
    all.filter((m) => logs[m]!.length > 0).map((m) => likelihood(models[m]!)),
  );
  const perLikelihood = (key: 'loss' | 'nll', title: string) =>
    [...likelihoods].map((name): [string, Series[]] => [
      likelihoods.size > 1 ? `${title} (${name})` : title,
      series(
        key,
        all.filter((m) => likelihood(models[m]!) === name),
      ),
    ]);
  const drawn: [string, Series[]][] = [
    ...perLikelihood('loss', 'Loss, nats a user'),
    ...perLikelihood('nll', 'NLL, nats a user'),
    ['KL, nats a user', series('kl', all)],
    ['β, the weight of the KL term', series('beta', all)],
    ['Validation NDCG@100', series('ndcg100', all)],
  ];
  const note =
    without.length === 0
      ? null
      : html`<p class="note">Without epochs, and so without curves: ${without.join('; ')}.</p>`;
  return html`${modelLegend(models.map(({ label }) => label))}
<div class="panels">${drawn
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) =>
      linePanel(title, `${title} by epoch. ${ends(models, lines)}`, 'epoch', lines),
    )}</div>
${note}`;
}

/** Under which a model was trained: multinomial where there is no choice. */
function likelihood({ run }: StudiedModel): string {
  const config: object = run?.config ?? {};
  return 'likelihood' in config ? String(config.likelihood) : 'multinomial';
}

/** What a line shows, in words: where it begins and ends. */
function ends(models: readonly StudiedModel[], series: readonly Series[]): string {
  return series
    .map(({ model, points }) => {
      const [first, last] = [points[0]!, points.at(-1)!];
      return `${models[model]!.label}: from ${rounded(first.y)} to ${rounded(last.y)} at ${last.x}.`;
    })
    .join(' ');
}

function rounded(value: number): string {
  return String(+value.toPrecision(4));
}

/** Recall and NDCG against the length of the list, with their intervals as bands. */
export function accuracyCurves(
  models: readonly StudiedModel[],
  curves: readonly CutoffCurves[],
): Markup {
  const panelOf = (title: string, of: (curve: CutoffCurves) => readonly CurvePoint[]) => {
    const { y, ...options } = panelOptions('K', { zero: true });
    const series = curves.map((curve, model) => ({
      model,
      points: of(curve).map(({ k, mean }) => ({ x: k, y: mean })),
    }));
    return figure(
      title,
      plot(`${title}. ${ends(models, series)}`, {
        ...options,
        width: 480,
        height: 320,
        y: { ...y },
        x: { type: 'log' },
        marks: [
          gridY({ strokeOpacity: 0.15, ticks: 6 }),
          axisY({ ticks: 6, tickSize: 0 }),
          axisX([1, 2, 5, 10, 20, 50, 100], {
            label: 'K (logarithmic)',
            labelArrow: 'none',
            tickFormat: (k: number) => String(k),
          }),
          ...curves.map((curve, model) =>
            areaY(of(curve), {
              x: 'k',
              y1: 'low',
              y2: 'high',
              fill: ink(model).color,
              fillOpacity: 0.13,
            }),
          ),
          ...series.map(({ model, points }) =>
            line(points, {
              x: 'x',
              y: 'y',
              stroke: ink(model).color,
              strokeWidth: 2,
              strokeDasharray: ink(model).dash || 'none',
            }),
          ),
        ],
      }),
      'wide',
    );
  };
  return html`${modelLegend(models.map(({ label }) => label))}
<div class="panels">${panelOf('NDCG@K', ({ ndcg }) => ndcg)}${panelOf('Recall@K', ({ recall }) => recall)}</div>
<p class="note">The bands are 95 % intervals. Recall divides by min(K, hidden), so it falls with K until K passes what most users have hidden, and rises from there.</p>`;
}

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
              symbol: symbolOf(symbol),
              r: 3.5,
            }),
          ];
        }),
      ],
    }),
    'wide',
  );
}

type DotSymbol = 'circle' | 'triangle' | 'square' | 'diamond' | 'star' | 'cross' | 'wye';

/** Plot's name of a symbol. */
export function symbolOf(name: string): DotSymbol {
  return name as DotSymbol;
}

/** What each model gives every band of items, beside what users had clicked of it. */
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
<p class="note">The outlined bar is the band’s share of the hidden clicks: what users wanted of it.</p>`;
}
