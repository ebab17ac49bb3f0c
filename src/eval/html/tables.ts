/** The tables of a report. */
import { html, type Markup } from '../../html.js';
import type { Interval } from '../bootstrap.js';
import type { MetricKey } from '../metrics.js';
import type { StudiedModel, Study } from '../study.js';
import { listTable, pText } from '../study-tables.js';
import { dataTable } from './markup.js';
import { modelMark } from './palette.js';
import { decimal } from './users.js';

/** The runs: one row a model, with its training. */
export function runTable(models: readonly StudiedModel[]): Markup {
  return dataTable(
    'Models and the runs they come from',
    ['model', 'run', 'backend', 'seed', 'epochs', 'kept', 'trained', 'with'],
    models.map(({ label, run }, m) => {
      const name = `${modelMark(m)}  ${label}`;
      if (run === null) return [name, 'computed from the training clicks', '', '', '', '', '', ''];
      const { lineage, log } = run;
      const best = log.reduce((a, b) => (b.ndcg100 > a.ndcg100 ? b : a), log[0]!);
      return [
        name,
        html`<code>${run.id}</code>`,
        lineage.backend,
        String(lineage.seed ?? 'none'),
        log.length === 0 ? '' : String(log.length),
        log.length === 0 ? '' : String(best.epoch),
        `${lineage.createdAt.slice(0, 10)}, ${Math.round(lineage.durationS)} s`,
        `multvae ${lineage.packageVersion}, Node ${lineage.nodeVersion}`,
      ];
    }),
  );
}

/** The stored configuration and command of every model. */
export function runCommands(models: readonly StudiedModel[]): Markup {
  return html`<dl class="commands">${models.map(({ label, run }, m) =>
    run === null
      ? html``
      : html`<dt>${modelMark(m)} ${label}</dt><dd><code>multvae ${run.lineage.command.join(' ')}</code><br><small>${Object.entries(
          run.config,
        )
          .map(
            ([name, value]) =>
              `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
          )
          .join(' · ')}</small></dd>`,
  )}</dl>
`;
}

/** Every metric of every model. The best value of a row is bold. */
export function metricsTable({ models }: Study): Markup {
  const keys = Object.keys(models[0]!.metrics) as MetricKey[];
  return dataTable(
    'Mean over users with its 95 % interval',
    ['metric', ...models.map(({ label }, m) => modelHead(m, label))],
    keys.map((key) => {
      const best = Math.max(...models.map(({ metrics }) => metrics[key]!.mean));
      return [
        key,
        ...models.map(({ metrics }) => {
          const { mean, ...ends } = metrics[key]!;
          const value = mean === best ? html`<b>${decimal(mean)}</b>` : html`${decimal(mean)}`;
          return html`${value} <small>${interval(ends)}</small>`;
        }),
      ];
    }),
  );
}

/** The differences of every pair of models, in the headline metrics. */
export function differencesTable({ models, differences }: Study): Markup {
  const keys = headlineMetrics(Object.keys(models[0]!.metrics) as MetricKey[]);
  const pairs = models.flatMap((_, a) =>
    models.slice(a + 1).map((_, k) => [a, a + 1 + k] as const),
  );
  return dataTable(
    'Paired differences with their 95 % intervals; p of a paired t-test, Holm-corrected',
    ['first minus second', ...keys.flatMap((key) => [key, 'p'])],
    pairs.map(([a, b]) => [
      html`<b>${modelMark(a)} − ${modelMark(b)}</b> <small>${models[a]!.label} − ${models[b]!.label}</small>`,
      ...keys.flatMap((key) => {
        const found = differences.find(
          (d) => d.metric === key && d.first === models[a]!.label && d.second === models[b]!.label,
        )!;
        const value = html`${signed(found.difference)} <small>[${signed(found.low)}, ${signed(found.high)}]</small>`;
        const p = pText(found.pHolm);
        return [value, found.pHolm < 0.05 ? html`<b>${p}</b>` : html`${p}`];
      }),
    ]),
  );
}

/** NDCG at the largest cutoff and recall at the others, as in Liang et al. With one cutoff: both at it. */
export function headlineMetrics(keys: readonly MetricKey[]): MetricKey[] {
  const of = (name: string) => keys.filter((key) => key.startsWith(`${name}@`));
  const cutoffOf = (key: MetricKey) => Number(key.split('@')[1]);
  const byCutoff = (name: string) => of(name).sort((a, b) => cutoffOf(a) - cutoffOf(b));
  const recall = byCutoff('recall');
  return [byCutoff('ndcg').at(-1)!, ...(recall.length > 1 ? recall.slice(0, -1) : recall)];
}

/** The qualities of the lists: coverage, Gini index, novelty and diversity. */
export function listsTable(study: Study): Markup {
  const head = study.models.map(({ label }, m) => modelHead(m, label));
  return dataTable('The lists, whatever was hidden', ['quality', ...head], listTable(study).rows);
}

/** One row a band or quartile: the accuracy of each model with its interval. */
export function groupsTable({ models }: Study, by: 'byActivity' | 'byPopularity'): Markup {
  const { k } = models[0]!.beyondAccuracy;
  const of = by === 'byActivity' ? 'users' : 'items';
  return dataTable(
    `NDCG@${k} and recall@${k} by ${by === 'byActivity' ? 'users’ activity' : 'items’ popularity'}`,
    ['group', 'measured', ...models.map(({ label }, m) => modelHead(m, label))],
    models[0]!.beyondAccuracy[by].map(({ group, range, size, users }, g) => [
      html`${group}<br><small>${size} ${of}, ${range}</small>`,
      `${users} users`,
      ...models.map(({ beyondAccuracy }) => {
        const { ndcg, recall } = beyondAccuracy[by][g]!;
        return html`${decimal(ndcg.mean)} <small>${interval(ndcg)}</small><br>${decimal(recall.mean)} <small>${interval(recall)}</small>`;
      }),
    ]),
  );
}

/** The head of a model's column. */
function modelHead(m: number, label: string): Markup {
  return html`${modelMark(m)}<br><small>${label}</small>`;
}

/** `[low, high]` */
export function interval({ low, high }: Interval): string {
  return `[${decimal(low)}, ${decimal(high)}]`;
}

/** A number with its sign, even +. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${decimal(Math.abs(value))}`;
}
