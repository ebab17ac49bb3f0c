import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine } from '../backend/select.js';
import type { EngineFlags } from '../cli/arguments.js';
import { note, table } from '../cli/terminal.js';
import { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { MultvaeError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import {
  type EvaluationReport,
  evaluationReport,
  type MeasuredModel,
  reportRows,
  type SplitName,
} from '../eval/report.js';
import { loadRecommender } from '../model/inference/load.js';
import { Popularity } from '../model/popularity.js';
import { EvaluationStore } from '../runs/evaluations.js';
import type { StoredRun } from '../runs/format.js';

/** What to measure, and where. */
export interface EvaluationOptions extends EngineFlags {
  readonly home: string;
  readonly run: StoredRun;
  readonly split: SplitName;
  readonly ks: readonly number[];
}

/**
 * Measures a run on its own split, beside popularity from its own training clicks, and keeps the report in
 * `<home>/evaluations/RUN-SPLIT.json` where that can be written.
 *
 * A remark goes to stderr when the home's data are no longer those that the run was trained on.
 */
export async function evaluateRun(
  options: EvaluationOptions,
): Promise<{ report: EvaluationReport; measured: readonly MeasuredModel[] }> {
  const { home, run, split, ks } = options;
  remarkChangedData(home, run);
  const recommender = await loadRecommender(run, () => openEngine(options.backend, options));
  const popularity = new Popularity(run.vocabulary.trainClicks);
  try {
    const users = run.split[split];
    const measured = [
      { model: recommender.model, run: run.id, evaluation: await evaluate(recommender, users, ks) },
      { model: popularity.model, run: null, evaluation: await evaluate(popularity, users, ks) },
    ] as const;
    const report = evaluationReport(split, measured);
    keep(home, run.id, split, report);
    return { report, measured };
  } finally {
    recommender.dispose();
  }
}

/** The report as the commands print it. */
export function evaluationTable(report: EvaluationReport): string {
  const [head, ...rows] = reportRows(report);
  const [, ...names] = head;
  const left =
    report.leftOut > 0 ? `, ${report.leftOut} left out: nothing of theirs is hidden` : '';
  return table([`${report.split}, ${report.users} users${left}`, ...names], rows);
}

/** Says on stderr when a home's data are no longer those that a run was trained on. */
export function remarkChangedData(home: string, run: StoredRun): void {
  // A run is measured on its own split, so a home without a database will do.
  if (!existsSync(join(home, 'multvae.db'))) return;
  try {
    const database = RatingsDatabase.open(home);
    const dataHash = database.dataset()?.dataHash;
    database.close();
    if (dataHash !== run.lineage.dataHash) {
      note(
        `the data in ${home} have changed since ${run.id} was trained; it is measured on its own split, as it was then`,
      );
    }
  } catch (error) {
    if (!(error instanceof MultvaeError)) throw error;
    note(`whether the data have changed since the training is not known: ${error.message}`);
  }
}

function keep(home: string, run: string, split: SplitName, report: EvaluationReport): void {
  const store = new EvaluationStore(home);
  try {
    store.keep(run, split, report);
  } catch (error) {
    // The figures are what was asked for; a home that is only read, such as a mounted one, will do.
    note(`the report is not kept in ${store.folder}: ${(error as Error).message}`);
  }
}
