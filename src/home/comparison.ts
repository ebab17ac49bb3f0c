/** Compares runs of one home on the same held-out users: as a study, or as a page to read. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../backend/engine.js';
import { openEngine } from '../backend/select.js';
import type { Words } from '../config/words.js';
import type { CatalogueEntry } from '../data/store/catalogue.js';
import { type HomeAt, placeAt } from '../data/store/place.js';
import { ArgumentError } from '../errors.js';
import { cutoffCurves } from '../eval/cutoff-curves.js';
import { evaluate } from '../eval/evaluate.js';
import type { RulesCost } from '../eval/rules/rules-cost.js';
import { runLabels } from '../eval/run-labels.js';
import { evaluateShort } from '../eval/short-profiles.js';
import { type StudiedModel, type Study, study } from '../eval/study.js';
import {
  differenceTable,
  groupTable,
  listTable,
  metricTable,
  shortDifferenceTable,
  shortTable,
  type TextTable,
} from '../eval/study-tables.js';
import { loadRecommender } from '../model/inference/load.js';
import { Popularity } from '../model/popularity.js';
import { hasItemVectors, type ItemEmbedding, type Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import type { ItemRules } from '../serving/rules/item-rules.js';
import { packageVersion } from '../version.js';
import { comparable } from './comparison/ground.js';
import { keepPairs, pairsOf } from './comparison/kept-pairs.js';
import { engineOptions } from './engine-options.js';
import { type MeasuringOptions, measuring, remarkOtherData, wordsOf } from './evaluation.js';
import { withRuns, withStoreOf } from './place/opened.js';
import { costOfRules, rulesInForce } from './serving/rules-in-force.js';

/** How runs are compared. */
export interface ComparisonOptions extends MeasuringOptions {
  /** Seed of the bootstrap that gives the intervals; it changes no model and no mean. Default: 1. */
  readonly seed?: number;
  /** The words of the command, kept in the study. Default: none. */
  readonly command?: readonly string[];
}

/** Several runs and popularity, measured on the same users. */
interface MeasuredRuns {
  /** The runs in the order given; popularity last, unless one of the runs is of popularity. */
  readonly models: readonly StudiedModel[];
  /** [I] of the vocabulary; null when the home does not hold the items. */
  readonly catalogue: readonly CatalogueEntry[] | null;
  /** The backend's name and version; null when no model needed one. */
  readonly backend: string | null;
}

type OnModel = (model: StudiedModel, recommender: Recommender) => Promise<void>;

/**
 * Compares runs and popularity: intervals, paired differences, lists and groups.
 *
 * @throws ArgumentError when a run is named twice
 * @throws RunError when there is no such run, or two do not share the split
 */
export async function compareRuns(
  home: HomeAt,
  ids: readonly string[],
  options: ComparisonOptions = {},
): Promise<Study> {
  const { onRemark = () => undefined } = options;
  const measured = await measureRuns(home, ids, options);
  const result = studyOf(measured, options, await wordsOf(home, onRemark));
  await keepPairs(home, pairsOf(result), onRemark);
  return result;
}

/**
 * The same as a single HTML page that needs nothing else. The page of a single run is kept for serving in
 * `<home>/evaluations/` where that can be written.
 *
 * @throws as `compareRuns`
 */
export async function reportRuns(
  home: HomeAt,
  ids: readonly string[],
  options: ComparisonOptions = {},
): Promise<string> {
  const { split = measuring.split, ks = measuring.ks, seed = measuring.seed } = options;
  const { onRemark = () => undefined } = options;
  const itemVectors = new Map<string, ItemEmbedding>();
  const costs: RulesCost[] = [];
  let rules: ItemRules | null | undefined = options.rules === 'off' ? null : undefined;
  const measured = await measureRuns(home, ids, options, async (model, recommender) => {
    const { label, run, evaluation: plain } = model;
    if (hasItemVectors(recommender)) itemVectors.set(label, await recommender.itemVectors());
    if (run === null) return;
    if (rules === undefined) rules = await rulesInForce(home, run, onRemark);
    if (rules === null) return;
    const question = { rules, users: run.split[split], ks, plain, seed };
    costs.push(await costOfRules(label, recommender, question));
  });
  const { models, catalogue } = measured;
  const { vocabulary, split: sets } = models[0]!.run!;
  const heldOutUsers = sets[split];
  const evaluations = models.map(({ evaluation }) => evaluation);
  // Loaded here because the plots bring a library that no other use case needs.
  const { reportPage } = await import('../eval/html/report-page.js');
  const page = reportPage({
    study: studyOf(measured, options, await wordsOf(home, onRemark)),
    models,
    heldOutUsers,
    vocabulary,
    catalogue,
    itemVectors,
    costs,
    curves: cutoffCurves(evaluations, heldOutUsers.heldOut, seed),
  });
  if (ids.length === 1) await keepPage(home, ids[0]!, { page, ...options });
  return page;
}

/** The tables of a study, each with its heading; cells are texts. */
export function studyTables(
  result: Study,
): readonly { readonly title: string; readonly table: TextTable }[] {
  return [
    {
      title: `Mean over users [95 % interval: paired bootstrap, ${result.resamples} resamples, seed ${result.seed}]`,
      table: metricTable(result),
    },
    {
      title:
        'Paired differences [95 % interval], p of a paired t-test, Holm-corrected for every pair of models',
      table: differenceTable(result),
    },
    ...shortTables(result),
    { title: 'The lists, whatever was hidden', table: listTable(result) },
    { title: 'Accuracy by users’ activity', table: groupTable(result, 'byActivity') },
    { title: 'Accuracy by items’ popularity', table: groupTable(result, 'byPopularity') },
  ];
}

function shortTables(result: Study): readonly { title: string; table: TextTable }[] {
  if (!result.shortProfiles?.length) return [];
  const intervals = '95 % interval';
  return [
    {
      title: `Short profiles: fold-ins cut to a few clicks, mean over users [${intervals}]`,
      table: shortTable(result),
    },
    {
      title: `Short profiles: paired differences [${intervals}], p of a paired t-test, Holm-corrected`,
      table: shortDifferenceTable(result),
    },
  ];
}

async function measureRuns(
  home: HomeAt,
  ids: readonly string[],
  options: ComparisonOptions,
  onModel?: OnModel,
): Promise<MeasuredRuns> {
  const { split = measuring.split, ks = measuring.ks, onRemark = () => undefined } = options;
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new ArgumentError(`run ${twice} is named twice; name it once`);
  const loaded = await withRuns(home, async (kept) => {
    const found: StoredRun[] = [];
    for (const id of ids) found.push(await kept.runs.load(id));
    return found;
  });
  if (loaded.length === 0) throw new ArgumentError('no run is named; name at least one');
  const ground = await comparable(home, loaded, split);
  const { runs, sharedUsers } = ground;
  const first = runs[0]!;
  if (sharedUsers === null) await remarkOtherData(home, runs, onRemark);
  else {
    onRemark(
      `the runs have different splits: measured on the ${sharedUsers} ${split} users whom all of them hold out, with the clicks that the home has of these users now`,
    );
  }
  const labels = runLabels(runs);
  let engine: Promise<Engine> | undefined;
  const models: StudiedModel[] = [];
  const measure = async (label: string, recommender: Recommender, run: StoredRun | null) => {
    try {
      const evaluation = await evaluate(recommender, first.split[split], ks);
      const short = await evaluateShort(recommender, first.split[split]);
      const measured = { label, evaluation, model: recommender.model, run, short };
      models.push(measured);
      await onModel?.(measured, recommender);
    } finally {
      recommender.dispose();
    }
  };
  for (const [r, run] of runs.entries()) {
    onRemark(`measuring ${labels[r]} (${run.id})`);
    const open = () => {
      engine ??= openEngine(options.backend, engineOptions(options));
      return engine;
    };
    const recommender = await loadRecommender(ground.originals[r]!, open);
    await measure(labels[r]!, ground.mapped(r, recommender), run);
  }
  if (runs.every(({ config }) => config.model !== 'popularity')) {
    const popularity = new Popularity(first.vocabulary.trainClicks);
    await measure('popularity', ground.baseline(popularity), null);
  }
  const computing = await engine;
  return {
    models,
    catalogue: await readCatalogue(home, first, onRemark),
    backend: computing === undefined ? null : `${computing.name} ${computing.version}`,
  };
}

function studyOf(
  { models, catalogue, backend }: MeasuredRuns,
  { split = measuring.split, ks = measuring.ks, seed = 1, command = [] }: ComparisonOptions,
  words: Words,
): Study {
  return study({
    models,
    split,
    ks,
    seed,
    words,
    genres: catalogue?.map(({ genres }) => genres) ?? null,
    provenance: { packageVersion, nodeVersion: process.version, backend, command },
  });
}

function readCatalogue(
  home: HomeAt,
  run: StoredRun,
  onRemark: (text: string) => void,
): Promise<CatalogueEntry[] | null> {
  const { folder, store } = placeAt(home);
  if (store === null && !existsSync(join(folder, 'multvae.db'))) {
    onRemark(`${folder} holds no database: titles and genres are not known`);
  }
  const unknown = 'titles and genres are not known';
  return withStoreOf(home, { unknown, onRemark }, (opened) =>
    opened.catalogue(run.vocabulary.items),
  );
}

/** Keeps the page that `GET /models/RUN/report` serves. */
function keepPage(
  home: HomeAt,
  run: string,
  { page, onRemark }: { readonly page: string; readonly onRemark?: (text: string) => void },
): Promise<void> {
  return withRuns(home, async ({ evaluations }) => {
    try {
      await evaluations.keepPage(run, page);
    } catch (error) {
      onRemark?.(
        `the page is not kept in ${evaluations.folder} for serving: ${(error as Error).message}`,
      );
    }
  });
}
