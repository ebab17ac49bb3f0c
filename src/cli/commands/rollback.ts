/** `multvae rollback`: serves the run before. */

import { Command } from 'commander';
import { rollbackRun } from '../../home/runs.js';
import { type HomeFlags, homeOption, note, placeOf, print, storeOption } from '../terminal.js';

/** `multvae rollback`: activates the run that was active before. */
export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('activate the run that was active before this one')
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async (options: HomeFlags) => {
      const run = await rollbackRun(placeOf(options), note);
      note(`${run} is active again; a running server follows at once`);
      print(run);
    });
}
