/** The processes of an MPI job as a collective: `mpirun -n N multvae train --distributed`. */

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { BackendError } from '../../errors.js';
import { oneLine } from '../engine.js';
import type { Collective } from './collective.js';
import { TreeCollective } from './tree.js';

/** The functions of the addon in `native/mpi/`. */
interface MpiAddon {
  init(): { readonly rank: number; readonly size: number; readonly library: string };
  exchange(send: Uint8Array, receive: Uint8Array, partner: number): void;
  finalize(): void;
  abort(code: number): void;
}

/** This process in an MPI job. */
export interface MpiJob {
  readonly collective: Collective;
  /** The library and its version, such as `Open MPI v4.1.4` or `MPICH 4.0.2`. */
  readonly library: string;
  /** Leaves the job; every process must. */
  finish(): void;
  /** Ends all processes of the job with an exit code. */
  abort(code: number): never;
}

const require = createRequire(import.meta.url);
const place = 'native/mpi/build/Release/mpi.node';

/** The addon's file, whether it exists or not. */
export const mpiAddonPath = fileURLToPath(new URL(`../../../${place}`, import.meta.url));

/** A process as its launcher numbers it. */
export interface Launched {
  readonly rank: number;
  readonly size: number;
}

/** The variables in which launchers tell a process its number and how many there are: Open MPI, MPICH, Slurm. */
const launchers = [
  { rank: 'OMPI_COMM_WORLD_RANK', size: 'OMPI_COMM_WORLD_SIZE' },
  { rank: 'PMI_RANK', size: 'PMI_SIZE' },
  { rank: 'SLURM_PROCID', size: 'SLURM_STEP_NUM_TASKS' },
] as const;

/** What the launcher says of this process; null where none started it. */
export function launched(env: Readonly<Record<string, string | undefined>>): Launched | null {
  const names = launchers.find(({ size }) => env[size] !== undefined);
  return names ? { rank: Number(env[names.rank] ?? 0), size: Number(env[names.size]) } : null;
}

/**
 * Refuses processes that another MPI started than the one that the addon was built for: each of them would train alone.
 *
 * @param joined - what the addon's MPI says
 * @throws BackendError that says what to do
 */
export function requireOwnLauncher(
  { size, library }: { readonly size: number; readonly library: string },
  launcher: Launched | null,
): void {
  if (launcher === null || launcher.size === size) return;
  throw new BackendError(
    `${launcher.size} processes were started, and each finds ${size === 1 ? 'itself alone' : `${size} of them`}: the addon for MPI was built for ${library}, and another MPI started them; use the mpirun of ${library}, or build the addon for the other: \`MPICXX=MPICXX-OF-THE-OTHER npm run build:native\``,
  );
}

/**
 * Joins the MPI job that this process was started in. Where no launcher started it, it is a job of one process.
 *
 * @throws BackendError that says why not, and what to do
 */
export function joinMpi(): MpiJob {
  // UCX, which may carry the messages, would patch the allocator of the running process, and Node crashes now and then.
  process.env.UCX_MEM_EVENTS ??= 'n';
  const addon = loadAddon();
  const { rank, size, library: text } = addon.init();
  const library = text.replace(/ Version:\s*/, ' ');
  const exchange: MpiAddon['exchange'] = (...message) => addon.exchange(...message);
  try {
    requireOwnLauncher({ size, library }, launched(process.env));
  } catch (error) {
    addon.finalize();
    throw error;
  }
  return {
    collective: new TreeCollective({ rank, size, exchange }),
    library,
    finish: () => addon.finalize(),
    abort(code) {
      addon.abort(code);
      throw new Error('MPI_Abort came back');
    },
  };
}

function loadAddon(): MpiAddon {
  if (!existsSync(mpiAddonPath)) {
    throw new BackendError(
      'a training over several processes needs the addon for MPI, which has not been built; `npm run build:native` builds it where there is mpicxx (Debian: apt-get install openmpi-bin libopenmpi-dev), and in a project that uses multvae `node node_modules/multvae/scripts/build-native.mjs`',
    );
  }
  try {
    return require(mpiAddonPath) as MpiAddon;
  } catch (error) {
    throw new BackendError(
      `${place} does not load: ${oneLine(error)}; \`npm run build:native\` builds it for the MPI of this machine`,
    );
  }
}
