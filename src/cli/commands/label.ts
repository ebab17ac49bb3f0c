/** `multvae label`: names a run, or notes something on it. */

import { Command } from 'commander';
import { nameRule, noteRule, type RunLabelChange } from '../../config/run-labels.js';
import { labelRun } from '../../home/runs.js';
import { type HomeFlags, homeOption, note, placeOf, print, storeOption } from '../terminal.js';

/** `multvae label RUN --name TEXT --note TEXT`: the id stays the one to use in commands. */
export function labelCommand(): Command {
  return new Command('label')
    .description('give a run a name or a note for people; commands go on to take its id')
    .argument('<run>', 'an id that `multvae runs` lists')
    .option('--name <text>', `its name, of ${nameRule}; "" takes it away`)
    .option('--note <text>', `its note, of ${noteRule}; "" takes it away`)
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async (run: string, options: HomeFlags & RunLabelChange) => {
      const label = await labelRun(placeOf(options), run, {
        name: options.name,
        note: options.note,
      });
      note(label.name === null ? `${run} has no name` : `${run} is called ${label.name}`);
      if (label.note !== null) note(`its note: ${label.note}`);
      print(run);
    });
}
