/** Makes a home ready to be served: data, a trained run, its evaluation. */

import { readFileSync } from 'node:fs';
import { type GivenConfig, parseConfig } from '../config/parse.js';
import { importRatings } from '../data/import.js';
import { resolveSource } from '../data/sources/datasets.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import { openStore } from '../data/store/open.js';
import { type HomeAt, placeAt, shownPlace } from '../data/store/place.js';
import type { EvaluationReport } from '../eval/report.js';
import { type EngineOptions, engineOptions } from './engine-options.js';
import { evaluateRun } from './evaluation.js';
import { withRuns } from './place/opened.js';
import { findResumable, loadRun } from './runs.js';
import {
  type FinishedTraining,
  resumeRun,
  type TrainingJob,
  type TrainingWatcher,
  trainRun,
} from './training.js';

/** The name of the embedded data set. */
const sample = 'sample';

/** How a home is prepared, and who follows it. */
export interface PreparationOptions extends EngineOptions, TrainingWatcher {
  /** The words of the command, kept in the run's lineage. Default: none. */
  readonly command?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onRemark?: (text: string) => void;
  /** Called when a run was trained, before it is evaluated. */
  readonly onTrained?: (training: FinishedTraining) => void;
  readonly onEvaluation?: (report: EvaluationReport) => void;
}

/**
 * Imports the sample if the home is empty, and trains, evaluates and activates a run if none is active. A training
 * that was stopped goes on if the data are still the same.
 *
 * @throws as `importRatings`, `trainRun` and `evaluateRun`
 */
export async function prepareHome(home: HomeAt, options: PreparationOptions = {}): Promise<void> {
  const dataset = await importIfEmpty(home, options);
  if ((await withRuns(home, ({ runs }) => runs.active())) !== null) return;
  const training = await trainOrResume(home, dataset, options);
  options.onTrained?.(training);
  const run = await loadRun(home, training.runId);
  const { report } = await evaluateRun(home, run, options);
  options.onEvaluation?.(report);
  await withRuns(home, ({ runs }) => runs.activate(training.runId));
}

async function importIfEmpty(
  home: HomeAt,
  { signal, onRemark }: PreparationOptions,
): Promise<DatasetSummary> {
  const place = placeAt(home);
  const store = await openStore(place, { create: true });
  const dataset = await store.dataset();
  await store.close();
  if (dataset !== null) return dataset;
  onRemark?.(`${shownPlace(place)} is empty: importing the sample data set`);
  const { path } = resolveSource(place.folder, sample);
  const imported = await importRatings(place, path, { name: sample, ...(signal && { signal }) });
  return imported.dataset;
}

async function trainOrResume(
  home: HomeAt,
  { name, dataHash }: DatasetSummary,
  options: PreparationOptions,
): Promise<FinishedTraining> {
  const { onRemark = () => undefined } = options;
  const job: TrainingJob = { ...options, home };
  const stopped = await findResumable(home, dataHash, onRemark);
  if (stopped !== null) {
    onRemark(`going on with ${stopped.runId}, which was stopped`);
    return resumeRun({ ...job, ...stopped });
  }
  return trainRun({ ...job, config: configFor(name), ...engineOptions(options) });
}

/** The documented configuration of the sample; the paper's, as it fits the data, for any other. */
function configFor(dataName: string): GivenConfig {
  if (dataName !== sample) return { model: 'mult-vae' };
  const file = new URL('../../configs/sample.mult-vae.json', import.meta.url);
  return parseConfig('mult-vae', JSON.parse(readFileSync(file, 'utf8')), 'configs/sample');
}
