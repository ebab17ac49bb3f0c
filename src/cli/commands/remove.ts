/** `multvae remove`: deletes runs. */

import { Command } from 'commander';
import { removeRun } from '../../home/runs.js';
import { type HomeFlags, homeOption, placeOf, print, storeOption } from '../terminal.js';

/** `multvae remove RUN…`: deletes runs, and trainings that were stopped. */
export function removeCommand(): Command {
  return new Command('remove')
    .description('delete runs that are not active, and stopped trainings with their checkpoints')
    .argument('<run...>', 'ids that `multvae runs` lists')
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async (runs: readonly string[], options: HomeFlags) => {
      for (const run of runs) {
        await removeRun(placeOf(options), run);
        print(run);
      }
    });
}
