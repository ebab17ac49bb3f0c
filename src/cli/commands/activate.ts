/** `multvae activate`: chooses the run that is served. */

import { Command } from 'commander';
import { activateRun } from '../../home/runs.js';
import { type HomeFlags, homeOption, note, placeOf, print, storeOption } from '../terminal.js';

/** `multvae activate RUN`: serves this run from now on. */
export function activateCommand(): Command {
  return new Command('activate')
    .description('check every file of a run and make it the one that is served')
    .argument('<run>', 'an id that `multvae runs` lists')
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async (run: string, options: HomeFlags) => {
      await activateRun(placeOf(options), run, note);
      note(`${run} is active; a running server follows at once`);
      print(run);
    });
}
