/** Looks at a machine and a home: what is there, and what is missing. */

import { accessSync, constants } from 'node:fs';
import { loadNativeKernels } from '../backend/native/addon.js';
import { type BackendReport, surveyBackends } from '../backend/select.js';
import { checkPages, noDataset, sqliteVersions } from '../data/store/sqlite/connection.js';
import { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { shellWord } from '../remedies.js';
import { RunStore } from '../runs/store.js';
import { packageVersion } from '../version.js';
import { findCheckpoint, listRuns } from './runs.js';

/** One part of the machine or the home, with its state or its problem in words. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly state: string;
}

/** The backends of a machine, and the state of a home. */
export interface Diagnosis {
  readonly backends: readonly BackendReport[];
  readonly findings: readonly Finding[];
}

/** Tries every backend, and looks at the home. A part that fails is a finding, not an error. */
export async function diagnose(folder: string): Promise<Diagnosis> {
  const backends = await surveyBackends();
  const nodeVersion = `${process.version} ${process.platform} ${process.arch}`;
  return {
    backends,
    findings: [
      { name: 'multvae', ok: true, state: packageVersion },
      { name: 'Node.js', ok: true, state: nodeVersion },
      finding('native addon', nativeState),
      finding('better-sqlite3', sqliteState),
      databaseFinding(folder),
      ...runFindings(folder),
    ],
  };
}

/** The state, or the first line of why there is none. */
function finding(name: string, stateOf: () => string): Finding {
  try {
    return { name, ok: true, state: stateOf() };
  } catch (error) {
    return { name, ok: false, state: firstLine(error) };
  }
}

function nativeState(): string {
  const { isa, isas, bf16, threads, cores } = loadNativeKernels().info();
  const precision = bf16 ? 'bf16' : 'no bf16';
  const threadsOnCores = `${threads} thread${threads === 1 ? '' : 's'} on ${cores} core${cores === 1 ? '' : 's'}`;
  return `${isa} of ${isas.join(', ')}; ${precision}; ${threadsOnCores}`;
}

function sqliteState(): string {
  const { betterSqlite3, sqlite } = sqliteVersions();
  return `${betterSqlite3}, SQLite ${sqlite}`;
}

function databaseFinding(folder: string): Finding {
  const name = 'home';
  try {
    const database = RatingsDatabase.open(folder);
    try {
      const data = database.dataset();
      if (data === null) throw noDataset(folder);
      checkPages(folder);
      const state = `${folder}: ${data.name}, ${data.ratings} ratings of ${data.users} users on ${data.items} items`;
      return isWritable(folder)
        ? { name, ok: true, state }
        : {
            name,
            ok: true,
            state: `${state}; this user cannot write there, so it can be read and served, but takes no import, training or feedback`,
          };
    } finally {
      database.close();
    }
  } catch (error) {
    return { name, ok: false, state: firstLine(error) };
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** How many runs there are, what is wrong with some, which one is served, and what is not finished. */
function runFindings(folder: string): Finding[] {
  const home = `--home ${shellWord(folder)}`;
  try {
    const { runs, pending } = listRuns(folder);
    return [
      {
        name: 'runs',
        ok: runs.length > 0,
        state:
          runs.length > 0
            ? `${runs.length} published`
            : `none is published; \`multvae train ${home}\` makes one, once there are data`,
      },
      ...runs.flatMap(({ id, active, problem }) =>
        problem === null || active
          ? []
          : [{ name: 'damaged run', ok: false, state: `${id} cannot be used: ${problem}` }],
      ),
      ...runs.flatMap(({ active, remark }) =>
        remark === null || !active ? [] : [{ name: 'other data', ok: false, state: remark }],
      ),
      ...(runs.length > 0 ? [activeFinding(folder, home)] : []),
      ...pending.map(({ id, trainer }) => ({
        name: 'unfinished',
        ok: true,
        state: trainer !== null ? `${id} is being trained by ${trainer}` : stopped(folder, id),
      })),
    ];
  } catch (error) {
    return [{ name: 'runs', ok: false, state: firstLine(error) }];
  }
}

function activeFinding(folder: string, home: string): Finding {
  const name = 'active run';
  try {
    const store = new RunStore(folder);
    const active = store.active();
    if (active === null) {
      const state = `none; \`multvae runs ${home}\` lists the runs, and \`multvae activate RUN ${home}\` chooses one`;
      return { name, ok: false, state };
    }
    store.load(active);
    return { name, ok: true, state: `${active}, whole` };
  } catch (error) {
    return { name, ok: false, state: firstLine(error) };
  }
}

/** What can be done with a training that was stopped. */
function stopped(folder: string, id: string): string {
  try {
    findCheckpoint(folder, id);
    return `${id} was stopped; \`multvae train --resume ${id} --home ${shellWord(folder)}\` goes on with it`;
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n', 1)[0]!;
}
