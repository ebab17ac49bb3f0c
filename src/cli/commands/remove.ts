/** `multvae remove`: deletes runs. */

import { Command } from 'commander';
import { removeRun } from '../../home/runs.js';
import { homeOption, print } from '../terminal.js';

/** `multvae remove RUN…`: deletes runs, and trainings that were stopped. */
export function removeCommand(): Command {
  return new Command('remove')
    .description('delete runs that are not active, and stopped trainings with their checkpoints')
    .argument('<run...>', 'ids that `multvae runs` lists')
    .addOption(homeOption())
    .action((runs: readonly string[], options: { home: string }) => {
      for (const run of runs) {
        removeRun(options.home, run);
        print(run);
      }
    });
}
