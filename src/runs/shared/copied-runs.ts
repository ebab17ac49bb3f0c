/** The published runs of a home and the documents about them, on their way to another place. */
import { existsSync, readdirSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../data/home.js';
import type { CopiedRuns } from '../../data/store/copy/copies.js';
import type { PublishedFile, SharedRuns } from '../../data/store/shared-runs.js';
import { RunError } from '../../errors.js';
import { syncFolder, writeDurably } from '../../storage/durable-files.js';
import { Activations } from '../activations.js';
import { EvaluationStore } from '../evaluations.js';
import { checkRunFolder, isRunFile } from '../run-folder.js';
import { isRunId } from '../run-id.js';
import { RunStore } from '../store.js';
import { publishedFiles } from './copies.js';
import { pageName } from './store-evaluations.js';

/** The runs in the folder of a home. @throws RunError when a file of one is missing or damaged */
export async function runsOfFolder(home: string): Promise<CopiedRuns> {
  const folder = join(home, 'runs');
  const store = new RunStore(home);
  const runs: { id: string; files: PublishedFile[] }[] = [];
  for (const { id } of store.list().toReversed()) {
    runs.push({ id, files: await publishedFiles(join(folder, id), id) });
  }
  const published = new Set(runs.map(({ id }) => id));
  const activations = new Activations(folder).read().filter((id) => published.has(id));
  return { runs, activations, documents: documentsIn(new EvaluationStore(home).folder) };
}

/** The runs of a shared store. */
export async function runsOfStore(shared: SharedRuns): Promise<CopiedRuns> {
  const found = await shared.list();
  const runs = found.map(({ id, files, problem }) => {
    if (problem !== null) throw new RunError(problem);
    return {
      id,
      files: files.map((file) => ({ ...file, read: () => shared.read(id, file.name) })),
    };
  });
  const documents = (await shared.documents()).map((place) => ({
    ...place,
    read: async () => (await shared.document(place)) ?? '',
  }));
  return { runs, activations: await shared.activations(), documents };
}

/** Writes runs into a home that has none. @throws RunError when one does not arrive as it was */
export async function writeRuns(home: string, copied: CopiedRuns): Promise<void> {
  const folder = join(home, 'runs');
  makeFolder(folder);
  for (const { id, files } of copied.runs) {
    makeFolder(join(folder, id));
    for (const file of files) await writeFile(join(folder, id), file);
    syncFolder(join(folder, id));
    await checkRunFolder(join(folder, id), id);
  }
  const activations = new Activations(folder);
  for (const id of copied.activations.toReversed()) activations.add(id);
  syncFolder(folder);
  if (copied.documents.length === 0) return;
  const { folder: evaluations } = new EvaluationStore(home);
  makeFolder(evaluations);
  for (const { run, name, read } of copied.documents) {
    writeDurably(join(evaluations, fileOf(run, name)), await read());
  }
  syncFolder(evaluations);
}

async function writeFile(folder: string, { name, read }: PublishedFile): Promise<void> {
  if (!isRunFile(name)) {
    throw new RunError(
      `a run has a file ${name}, which this version does not know; upgrade multvae to copy it`,
    );
  }
  const file = await open(join(folder, name), 'w');
  try {
    for await (const piece of read()) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The documents of a folder: `RUN-test.json` and `RUN.html`. Other files are not of this package. */
function documentsIn(folder: string): CopiedRuns['documents'] {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.flatMap((file) => {
    const [, run = '', split] = /^(.*?)(?:-([a-z]+)\.json|\.html)$/.exec(file) ?? [];
    if (!isRunId(run)) return [];
    const name = split === undefined ? pageName : `${split}.json`;
    return [{ run, name, read: () => readFile(join(folder, file), 'utf8') }];
  });
}

/** The file of a document in a home folder. @throws RunError when it cannot have one */
function fileOf(run: string, name: string): string {
  if (!isRunId(run) || !(name === pageName || /^[a-z]+\.json$/.test(name))) {
    throw new RunError(
      `there is a document ${name} of run ${run}, which this version does not know; upgrade multvae to copy it`,
    );
  }
  return name === pageName ? `${run}.html` : `${run}-${name}`;
}
