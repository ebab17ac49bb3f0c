/** Copies a home with everything in it to another place: from SQLite to PostgreSQL, back, or between two of a kind. */
import { resolve } from 'node:path';
import { copiedTables, type StoreContents } from '../../data/store/copy/contents.js';
import type { CopiedRuns } from '../../data/store/copy/copies.js';
import { copyModule, openStore } from '../../data/store/open.js';
import { type HomePlace, homePlace, shownPlace } from '../../data/store/place.js';
import { ArgumentError } from '../../errors.js';
import { runsOfFolder, runsOfStore } from '../../runs/shared/copied-runs.js';
import { RunStore } from '../../runs/store.js';
import { fillFolder } from './home-folder.js';

/** How a home is copied. */
export interface CopyOptions {
  /** Put the copy in the place of what the target holds. Default: refuse a target that holds something. */
  readonly replace?: boolean;
  readonly onRemark?: (text: string) => void;
}

/** What was copied. */
export interface CopySummary {
  /** Where from, without a password. */
  readonly from: string;
  readonly to: string;
  /** The data set; null where nothing was imported. */
  readonly dataset: {
    readonly name: string;
    readonly dataHash: string;
    readonly ratings: number;
  } | null;
  readonly users: number;
  readonly items: number;
  readonly feedback: number;
  readonly rules: number;
  readonly runs: number;
  /** The run that is served; null for none. */
  readonly active: string | null;
  /** Stored measurements and report pages. */
  readonly evaluations: number;
  /** SHA-256 over everything that the stores hold beside runs, in hex: the same for both. */
  readonly sha256: string;
  readonly seconds: number;
}

/** The place that a text names: the URL of a store, or else a folder. @throws ArgumentError as `homePlace` */
export function placeNamed(text: string): HomePlace {
  // A store needs no folder to be copied.
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? homePlace('.', text) : homePlace(text);
}

/**
 * Copies a home. The target has all of it in the end, or, when this throws or the process is killed, what it had before;
 * a folder that is replaced may be left without a data set. The source stays as it is.
 *
 * Data set, ancestry, histories, items, rules, feedback, published runs, the list of activations and evaluations are
 * copied. Trainings and searches that are not finished, and downloads, are not.
 *
 * @param source - a folder, or the URL of a store such as `postgres://user@host/database?schema=shop`
 * @param target - the same; it is made where it is missing
 * @throws ArgumentError when both are one place, or for a URL of another kind
 * @throws HomeError when there is no source, when the target holds something and `replace` is not given, or when it does
 *   not hold in the end what it was given
 * @throws RunError when a run of the source is damaged
 * @throws StorageError when one of the two cannot be reached, read or written
 */
export async function copyHome(
  source: string,
  target: string,
  { replace = false, onRemark = () => undefined }: CopyOptions = {},
): Promise<CopySummary> {
  const begin = performance.now();
  const from = placeNamed(source);
  const to = placeNamed(target);
  if (isSame(from, to)) {
    throw new ArgumentError(`${shownPlace(from)} would be copied to itself; give another target`);
  }
  const { readContents } = await copyModule(from);
  return withRuns(from, (runs) =>
    readContents(from, async (contents) => {
      const dataset = await datasetOf(contents);
      const filling = { contents, runs, replace };
      const copied =
        to.store === null
          ? await fillFolder(to.folder, filling)
          : await (await copyModule(to)).fillStore(to, filling);
      if (from.store === null) remarkUnfinished(from.folder, onRemark);
      const { counts, sha256 } = copied;
      return {
        from: shownPlace(from),
        to: shownPlace(to),
        dataset,
        users: counts.users,
        items: counts.items,
        feedback: counts.feedback,
        rules: counts.rules,
        runs: runs.runs.length,
        active: runs.activations[0] ?? null,
        evaluations: runs.documents.length,
        sha256,
        seconds: (performance.now() - begin) / 1000,
      };
    }),
  );
}

/** Gives the runs of a place, which must stay until the function is done with them. */
async function withRuns<T>(place: HomePlace, use: (runs: CopiedRuns) => Promise<T>): Promise<T> {
  if (place.store === null) return use(await runsOfFolder(place.folder));
  const store = await openStore(place);
  try {
    return await use(await runsOfStore(store.runs!));
  } finally {
    await store.close();
  }
}

async function datasetOf(contents: StoreContents): Promise<CopySummary['dataset']> {
  for await (const [row] of contents.rows(copiedTables.dataset)) {
    const names = Object.keys(copiedTables.dataset.columns);
    const value = (name: string) => row![names.indexOf(name)];
    return {
      name: String(value('name')),
      dataHash: String(value('data_hash')),
      ratings: Number(value('ratings')),
    };
  }
  return null;
}

function isSame(from: HomePlace, to: HomePlace): boolean {
  if (from.store !== null || to.store !== null) return from.store === to.store;
  return resolve(from.folder) === resolve(to.folder);
}

/** Tells what of a home is not copied. */
function remarkUnfinished(folder: string, onRemark: (text: string) => void): void {
  const [...pending] = new RunStore(folder).pending();
  if (pending.length === 0) return;
  onRemark(
    `not copied: ${pending.join(', ')}, which ${pending.length === 1 ? 'is a training' : 'are trainings'} that did not finish; finish with \`multvae train --resume\` and copy again`,
  );
}
