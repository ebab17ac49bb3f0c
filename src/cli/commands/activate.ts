import { Command } from 'commander';
import { activateRun } from '../../home/runs.js';
import { homeOption, note, print } from '../terminal.js';

/** `multvae activate RUN`: serve this run from now on; a running server follows. */
export function activateCommand(): Command {
  return new Command('activate')
    .description('make a run the one that is served, after checking every file of it')
    .argument('<run>', 'an id that `multvae runs` lists')
    .addOption(homeOption())
    .action((run: string, options: { home: string }) => {
      activateRun(options.home, run);
      note(`${run} is active; a server that is running takes it up at once`);
      print(run);
    });
}
