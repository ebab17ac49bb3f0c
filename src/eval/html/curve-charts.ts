/** Line charts of a report: training by epoch, and accuracy by the length of the list. */
import { areaY, axisX, axisY, gridY, line, type PlotOptions } from '@observablehq/plot';
import { html, type Markup } from '../../html.js';
import type { EpochRecord } from '../../runs/format.js';
import type { CurvePoint, CutoffCurves } from '../cutoff-curves.js';
import type { StudiedModel } from '../study.js';
import { ink, modelLegend } from './palette.js';
import { figure, fontSize, plot } from './plot.js';

const panel = { width: 360, height: 230, marginLeft: 52, marginRight: 14, marginBottom: 36 };

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

/** Training by epoch. A note names the models without epochs. */
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

/** The likelihood of a model's training: multinomial where the model has no choice. */
function likelihood({ run }: StudiedModel): string {
  const config: object = run?.config ?? {};
  return 'likelihood' in config ? String(config.likelihood) : 'multinomial';
}

/** Describes lines in words: their first and last values. */
function ends(models: readonly StudiedModel[], series: readonly Series[]): string {
  return series
    .map(({ model, points }) => {
      const first = points[0]!;
      const last = points.at(-1)!;
      return `${models[model]!.label}: from ${rounded(first.y)} to ${rounded(last.y)} at ${last.x}.`;
    })
    .join(' ');
}

function rounded(value: number): string {
  return String(+value.toPrecision(4));
}

/** NDCG and recall by the length of the list, with intervals as bands. */
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
