import { Command } from 'commander';
import { rollbackRun } from '../../home/runs.js';
import { homeOption, note, print } from '../terminal.js';

/** `multvae rollback`: back to the run that was active before. */
export function rollbackCommand(): Command {
  return new Command('rollback')
    .description('make the run that was active before the active one again')
    .addOption(homeOption())
    .action((options: { home: string }) => {
      const run = rollbackRun(options.home);
      note(`${run} is active again; a server that is running takes it up at once`);
      print(run);
    });
}
