import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { serveWithWorkers } from '../../api/workers.js';
import type { MultVaeConfig } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { paperProtocol } from '../../config/protocol.js';
import { importRatings } from '../../data/import.js';
import { resolveSource } from '../../data/sources/datasets.js';
import { type DatasetSummary, RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { evaluateRun, evaluationTable } from '../../home/evaluation.js';
import { findResumable, resumeRun, trainRun } from '../../home/training.js';
import { RunStore } from '../../runs/store.js';
import { addEngineOptions, defaultCutoffs, type EngineFlags, engineFlags } from '../arguments.js';
import { showTraining } from '../display/training.js';
import { gateOf } from '../gate.js';
import { untilSignal } from '../signals.js';
import { homeOption, note, print } from '../terminal.js';
import { addServingOptions, type ServingFlags } from './serve.js';

/** The name of the embedded data set. */
const sample = 'sample';
/** Own data may be large, and nobody asked for all 200 epochs of the paper: stop when nothing improves. */
const ownDataPatience = 20;

interface StartFlags extends ServingFlags, EngineFlags {
  readonly home: string;
}

/** `multvae start`: whatever is missing for serving, then serving. */
export function startCommand(): Command {
  const command = new Command('start')
    .description(
      'import the sample if the home is empty, train if no run is active, evaluate, and serve',
    )
    .addOption(homeOption());
  return addServingOptions(addEngineOptions(command)).action(async (flags: StartFlags) => {
    await untilSignal(async (signal) => {
      const gate = gateOf(flags);
      const dataset = await importIfEmpty(flags.home, signal);
      const store = new RunStore(flags.home);
      if (store.active() === null) {
        const runId = await train(flags, dataset, signal);
        const run = store.load(runId);
        const { report } = await evaluateRun({
          ...flags,
          ...{ run, split: 'test', ks: defaultCutoffs },
        });
        print(evaluationTable(report));
        store.activate(runId);
      }
      process.exitCode = await serveWithWorkers({
        ...flags,
        gate,
        signal,
        onReady: (lines) => lines.forEach(print),
        onRemark: note,
      });
    });
  });
}

async function importIfEmpty(home: string, signal: AbortSignal): Promise<DatasetSummary> {
  const database = RatingsDatabase.open(home, { create: true });
  const dataset = database.dataset();
  database.close();
  if (dataset !== null) return dataset;
  note(`${home} is empty: importing the sample data set`);
  const { path } = resolveSource(home, sample);
  const imported = await importRatings(home, path, { name: sample, signal });
  return imported.dataset;
}

async function train(
  flags: StartFlags,
  { name, dataHash }: DatasetSummary,
  signal: AbortSignal,
): Promise<string> {
  const { watcher, stop } = showTraining();
  const job = { home: flags.home, command: process.argv.slice(2), signal, ...watcher };
  try {
    const stopped = findResumable(flags.home, dataHash, note);
    if (stopped !== null) {
      note(`going on with ${stopped.runId}, which was stopped`);
      const { threads } = engineFlags(flags);
      return (await resumeRun({ ...job, ...stopped, ...(threads && { threads }) })).runId;
    }
    const { ratingThreshold, ...protocol } = paperProtocol;
    const trained = await trainRun({
      ...job,
      config: configFor(name),
      protocol: { ...protocol, threshold: ratingThreshold },
      ...engineFlags(flags),
    });
    return trained.runId;
  } finally {
    stop();
  }
}

/** The documented configuration of the sample; the paper's, with patience, for anything else. */
function configFor(dataName: string): MultVaeConfig {
  if (dataName !== sample) return parseConfig('mult-vae', { patience: ownDataPatience });
  const file = new URL('../../../configs/sample.mult-vae.json', import.meta.url);
  return parseConfig('mult-vae', JSON.parse(readFileSync(file, 'utf8')), 'configs/sample');
}
