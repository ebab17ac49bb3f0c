/** Looks at a machine and a home: what is there, and what is missing. */

import { accessSync, constants } from 'node:fs';
import { loadNativeKernels } from '../backend/native/addon.js';
import { type BackendReport, surveyBackends } from '../backend/select.js';
import {
  type HomeAt,
  type HomePlace,
  noDataset,
  placeAt,
  shownPlace,
} from '../data/store/place.js';
import { shellWord } from '../remedies.js';
import { sqliteVersions } from '../storage/sqlite/package.js';
import { packageVersion } from '../version.js';
import { withRuns, withStore } from './place/opened.js';
import { findCheckpoint, listRuns, loadRun } from './runs.js';

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
export async function diagnose(home: HomeAt): Promise<Diagnosis> {
  const place = placeAt(home);
  const backends = await surveyBackends();
  const nodeVersion = `${process.version} ${process.platform} ${process.arch}`;
  return {
    backends,
    findings: [
      { name: 'multvae', ok: true, state: packageVersion },
      { name: 'Node.js', ok: true, state: nodeVersion },
      finding('native addon', nativeState),
      finding('better-sqlite3', sqliteState),
      await homeFinding(place),
      ...(await runFindings(place)),
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

async function homeFinding(place: HomePlace): Promise<Finding> {
  const name = 'home';
  const { folder } = place;
  try {
    return await withStore(place, async (store) => {
      const data = await store.dataset();
      if (data === null) throw noDataset(place);
      await store.check();
      const where =
        place.store === null
          ? folder
          : `${shownPlace(place)} (${versionsOf(await store.versions())})`;
      const state = `${where}: ${data.name}, ${data.ratings} ratings of ${data.users} users on ${data.items} items`;
      if (place.store !== null || isWritable(folder)) return { name, ok: true, state };
      return {
        name,
        ok: true,
        state: `${state}; this user cannot write there, so it can be read and served, but takes no import, training or feedback`,
      };
    });
  } catch (error) {
    return { name, ok: false, state: firstLine(error) };
  }
}

function versionsOf(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([what, version]) => `${what} ${version}`)
    .join(', ');
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
async function runFindings(place: HomePlace): Promise<Finding[]> {
  const { folder } = place;
  const home = `--home ${shellWord(folder)}`;
  try {
    const { runs, pending } = await listRuns(place);
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
      ...(runs.length > 0 ? [await activeFinding(place, home)] : []),
      ...(await Promise.all(
        pending.map(async ({ id, trainer }) => ({
          name: 'unfinished',
          ok: true,
          state:
            trainer !== null ? `${id} is being trained by ${trainer}` : await stopped(place, id),
        })),
      )),
    ];
  } catch (error) {
    return [{ name: 'runs', ok: false, state: firstLine(error) }];
  }
}

async function activeFinding(place: HomePlace, home: string): Promise<Finding> {
  const name = 'active run';
  try {
    const active = await withRuns(place, ({ runs }) => runs.active());
    if (active === null) {
      const state = `none; \`multvae runs ${home}\` lists the runs, and \`multvae activate RUN ${home}\` chooses one`;
      return { name, ok: false, state };
    }
    await loadRun(place, active);
    return { name, ok: true, state: `${active}, whole` };
  } catch (error) {
    return { name, ok: false, state: firstLine(error) };
  }
}

/** What can be done with a training that was stopped. */
async function stopped(place: HomePlace, id: string): Promise<string> {
  const { folder } = place;
  try {
    await findCheckpoint(place, id);
    return `${id} was stopped; \`multvae train --resume ${id} --home ${shellWord(folder)}\` goes on with it`;
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n', 1)[0]!;
}
