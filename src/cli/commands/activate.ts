/** `multvae activate`: chooses the run that is served. */

import { Command } from 'commander';
import { activateRun } from '../../home/runs.js';
import { homeOption, note, print } from '../terminal.js';

/** `multvae activate RUN`: serves this run from now on. */
export function activateCommand(): Command {
  return new Command('activate')
    .description('check every file of a run and make it the one that is served')
    .argument('<run>', 'an id that `multvae runs` lists')
    .addOption(homeOption())
    .action((run: string, options: { home: string }) => {
      activateRun(options.home, run, note);
      note(`${run} is active; a running server follows at once`);
      print(run);
    });
}
