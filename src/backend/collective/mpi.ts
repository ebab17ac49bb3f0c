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
  /** The library and its version, such as `Open MPI v4.1.4`. */
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

/**
 * Joins the MPI job that this process was started in. Where no launcher started it, it is a job of one process.
 *
 * @throws BackendError that says why not, and what to do
 */
export function joinMpi(): MpiJob {
  const addon = loadAddon();
  const { rank, size, library } = addon.init();
  const exchange: MpiAddon['exchange'] = (...message) => addon.exchange(...message);
  if (!Number.isInteger(Math.log2(size))) {
    addon.finalize();
    throw new BackendError(
      `${size} processes were started for one training; start 1, 2, 4, 8 or another power of two: \`mpirun -n ${2 ** Math.floor(Math.log2(size))} …\``,
    );
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
