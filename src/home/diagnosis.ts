/** Looks at a machine and a home: what is there, and what is missing. */

import { loadNativeKernels } from '../backend/native/addon.js';
import { type BackendReport, surveyBackends } from '../backend/select.js';
import { sqliteVersions } from '../data/store/sqlite/connection.js';
import { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { RunStore } from '../runs/store.js';
import { packageVersion } from '../version.js';

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
      runsFinding(folder),
    ],
  };
}

/** The state, or the first line of why there is none. */
function finding(name: string, stateOf: () => string): Finding {
  try {
    return { name, ok: true, state: stateOf() };
  } catch (error) {
    return { name, ok: false, state: (error as Error).message.split('\n', 1)[0]! };
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
      if (data === null) return { name, ok: false, state: `${folder}: no ratings imported` };
      const state = `${folder}: ${data.name}, ${data.ratings} ratings of ${data.users} users on ${data.items} items`;
      return { name, ok: true, state };
    } finally {
      database.close();
    }
  } catch (error) {
    return { name, ok: false, state: (error as Error).message };
  }
}

function runsFinding(folder: string): Finding {
  const name = 'runs';
  try {
    const store = new RunStore(folder);
    const active = store.active();
    const pending = store.pending();
    const unfinished = pending.length === 0 ? '' : `, not finished: ${pending.join(', ')}`;
    const state = `${store.list().length} published, active: ${active ?? 'none'}${unfinished}`;
    return { name, ok: active !== null, state };
  } catch (error) {
    return { name, ok: false, state: (error as Error).message };
  }
}
