/** The report of `multvae report`, one HTML page. */
import { protocolName, protocolText } from '../../config/protocol.js';
import type { HeldOutUsers } from '../../data/split/users.js';
import type { CatalogueEntry } from '../../data/store/catalogue.js';
import { html, Markup } from '../../html.js';
import type { ItemEmbedding } from '../../model/recommender.js';
import type { CutoffCurves } from '../cutoff-curves.js';
import { newcomersText } from '../newcomers.js';
import type { RulesCost } from '../rules/rules-cost.js';
import { costSentence, costTable } from '../rules/rules-cost-text.js';
import type { ShortComparison } from '../short-profiles.js';
import type { StudiedModel, Study } from '../study.js';
import { pText } from '../study-tables.js';
import { accuracyCurves, learningCurves } from './curve-charts.js';
import { definitions } from './definitions.js';
import { biasChart, groupChart } from './group-charts.js';
import { itemMap } from './item-map.js';
import { dataTable, section } from './markup.js';
import { modelLegend } from './palette.js';
import { shortProfiles } from './short-charts.js';
import { style } from './style.js';
import {
  differencesTable,
  groupsTable,
  headlineMetrics,
  interval,
  listsTable,
  metricsTable,
  runCommands,
  runTable,
} from './tables.js';
import { decimal, itemNames, userCards } from './users.js';

type Section = [id: string, name: string, content: Markup];

/** The data of a report. */
export interface ReportMaterial {
  readonly study: Study;
  /** In the order of the study. */
  readonly models: readonly StudiedModel[];
  readonly curves: readonly CutoffCurves[];
  readonly heldOutUsers: HeldOutUsers;
  readonly vocabulary: { readonly items: readonly string[]; readonly trainClicks: Int32Array };
  /** [I]; null where titles and genres are not known. */
  readonly catalogue: readonly CatalogueEntry[] | null;
  /** By label; only models with item vectors have an entry. */
  readonly itemVectors: ReadonlyMap<string, ItemEmbedding>;
  /** What the shop's rules cost each run. Default: none are in force. */
  readonly costs?: readonly RulesCost[];
}

/**
 * Makes a report as one HTML file. It needs no scripts, fonts, images or other files.
 *
 * Its only dates are those of the trainings, so the same material gives the same bytes.
 */
export function reportPage(material: ReportMaterial): string {
  const { study, models, curves, heldOutUsers, vocabulary, catalogue } = material;
  const title = `${study.dataName}: ${models.length} models, ${study.users} ${study.split} users`;
  const sections: Section[] = [
    ['runs', 'Runs and data', provenance(material)],
    ['accuracy', 'Accuracy', html`${metricsTable(study)}${differencesTable(study)}`],
    ['learning', 'Learning curves', learningCurves(models)],
    ['cutoffs', 'Accuracy against K', accuracyCurves(models, curves)],
    ...(study.shortProfiles?.length ? [shortSection(study, study.shortProfiles)] : []),
    ...(material.costs?.length ? [rulesSection(material.costs)] : []),
    ['groups', 'Accuracy by group', groups(study)],
    ['bias', 'Popularity bias and the lists', html`${biasChart(study)}${listsTable(study)}`],
    ['map', 'Items in latent space', maps(material)],
    ['users', 'Ten users', userCards(models, heldOutUsers, itemNames(vocabulary.items, catalogue))],
    ['definitions', 'Definitions', definitions(study)],
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="multvae ${study.provenance.packageVersion}">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${lead(study)}
<nav aria-label="Parts of the report"><ul>${sections.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main>
${sections.map(([id, name, content]) => section(id, name, content))}</main>
</body>
</html>
`.text;
}

function shortSection(study: Study, lengths: readonly ShortComparison[]): Section {
  return ['short', 'Short profiles', shortProfiles(study, lengths)];
}

/** What the rules cost: a sentence and a table for each run. */
function rulesSection(costs: readonly RulesCost[]): Section {
  const names = costs[0]!.rules.map(
    ({ id, kind, name }) => html`<li>${kind} ${name === null ? `(rule ${id})` : `“${name}”`}</li>`,
  );
  const parts = costs.map((cost) => {
    const { head, rows } = costTable(cost);
    return html`<p>${costSentence(cost)}</p>${dataTable('With the rules and without, on the same users', head, rows)}`;
  });
  const content = html`<p>These rules were in force, and the lists of the other sections are without them:</p>
<ul>${names}</ul>
${parts}
<p class="note">A rule that brings forward what no test user clicked looks worse here than it is: the clicks were made without it.</p>`;
  return ['rules', 'What the rules cost', content];
}

/** Which model is best, in words first, and then in NDCG. */
function lead({ models, differences, verdict }: Study): Markup {
  const key = headlineMetrics(Object.keys(models[0]!.metrics) as 'ndcg@1'[])[0]!;
  const [best, second] = models.toSorted((a, b) => b.metrics[key]!.mean - a.metrics[key]!.mean);
  const estimate = best!.metrics[key]!;
  const name = key.replace('ndcg', 'NDCG');
  const first = html`Best by ${name} is <b>${best!.label}</b> with <b>${decimal(estimate.mean)}</b> ${interval(estimate)}.`;
  if (second === undefined || verdict === null) return html`<p class="lead">${first}</p>`;
  const found = differences.find(
    (d) =>
      d.metric === key &&
      [d.first, d.second].includes(best!.label) &&
      [d.first, d.second].includes(second.label),
  )!;
  return html`<p class="lead">${verdict.sentence}</p>
<p>${first} The next, ${second.label}, is ${decimal(Math.abs(found.difference))} behind (p ${pText(found.pHolm)}, Holm-corrected). ${verdict.note}</p>`;
}

function provenance({ study, models }: ReportMaterial): Markup {
  const { protocol, provenance, leftOut, newcomers } = study;
  const threshold =
    protocol.ratingThreshold === null
      ? 'every row is a click'
      : `a rating above ${protocol.ratingThreshold} is a click`;
  const facts: [string, Markup][] = [
    ['Data', html`${study.dataName}, SHA-256 <code>${study.dataHash}</code>`],
    [
      'Split',
      protocol.heldOutClicks === undefined
        ? html`protocol users: strong generalization (whole users held out), seed ${protocol.splitSeed}; ${threshold}; users with at least ${protocol.minClicks}; ${protocol.heldoutUsers} users each for validation and test`
        : html`protocol ${protocolName(protocol)}: ${protocolText(protocol)}; ${threshold}; users with at least ${protocol.minClicks}`,
    ],
    [
      'Measured',
      html`${study.users} ${study.split} users${leftOut > 0 ? `, ${leftOut} left out because they have no hidden click` : ''}, ranking ${models[0]!.run!.vocabulary.items.length} items${newcomers ? `. ${newcomersText(newcomers, study.split)}` : ''}`,
    ],
    [
      'Computed by',
      html`multvae ${provenance.packageVersion}, Node ${provenance.nodeVersion}, ${provenance.backend ?? 'no backend'}; bootstrap seed ${study.seed}`,
    ],
    ['Command', html`<code>multvae ${provenance.command.join(' ')}</code>`],
  ];
  return html`<dl class="facts">${facts.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>`)}</dl>
<div class="runs">${runTable(models)}</div>
<h3>How each was trained</h3>
${runCommands(models)}`;
}

function groups(study: Study): Markup {
  return html`${modelLegend(study.models.map(({ label }) => label))}
<div class="panels">${groupChart(study, 'byActivity', 'By users’ activity (fold-in clicks)')}${groupChart(study, 'byPopularity', 'By items’ popularity (training clicks)')}</div>
${groupsTable(study, 'byActivity')}${groupsTable(study, 'byPopularity')}`;
}

function maps({ models, itemVectors, vocabulary, catalogue }: ReportMaterial): Markup {
  const without = models.map(({ label }) => label).filter((label) => !itemVectors.has(label));
  const missing =
    without.length === 0
      ? null
      : html`<p class="note">Without item vectors, and so without a map: ${without.join('; ')}.</p>`;
  if (catalogue === null) {
    return html`<p class="note">The home holds no titles and genres, so there is nothing to tell the items of a map apart by.</p>`;
  }
  return html`${[...itemVectors].map(([label, embedding]) =>
    itemMap(label, embedding, vocabulary.trainClicks, catalogue),
  )}${missing}`;
}
