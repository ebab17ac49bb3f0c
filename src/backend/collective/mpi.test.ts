/** Whose processes these are: what launchers tell, and what MPI finds. */

import { describe, expect, it } from 'vitest';
import { launched, requireOwnLauncher } from './mpi.js';

describe('launched', () => {
  it('reads the variables of Open MPI, MPICH and Slurm, a launcher of MPI first', () => {
    const slurm = { SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '1' };
    expect(launched({ ...slurm, OMPI_COMM_WORLD_RANK: '2', OMPI_COMM_WORLD_SIZE: '4' })).toEqual({
      rank: 2,
      size: 4,
    });
    expect(launched({ ...slurm, PMI_RANK: '1', PMI_SIZE: '8' })).toEqual({ rank: 1, size: 8 });
    expect(launched(slurm)).toEqual({ rank: 0, size: 1 });
    // A script of Slurm has these too, in one process.
    expect(launched({ SLURM_PROCID: '0', SLURM_NTASKS: '4' })).toBeNull();
  });
});

describe('requireOwnLauncher', () => {
  it('refuses processes that MPI does not find', () => {
    const library = 'MPICH 4.0.2';
    expect(() => requireOwnLauncher({ size: 4, library }, { rank: 0, size: 4 })).not.toThrow();
    expect(() => requireOwnLauncher({ size: 1, library }, null)).not.toThrow();
    expect(() => requireOwnLauncher({ size: 1, library }, { rank: 3, size: 4 })).toThrow(
      /^4 processes were started, and each finds itself alone: .* built for MPICH 4.0.2, and another/,
    );
  });
});
