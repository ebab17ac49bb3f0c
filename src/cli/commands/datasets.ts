/** `multvae datasets`: lists the data sets that have a name. */

import { Command } from 'commander';
import { listDatasets } from '../../home/data-sets.js';
import { homeOption, print, table } from '../terminal.js';

/** `multvae datasets`: the data sets that have a name. */
export function datasetsCommand(): Command {
  return new Command('datasets')
    .description('list the data sets that `fetch` and `import` know by name')
    .addOption(homeOption())
    .action((options: { home: string }) => {
      const datasets = listDatasets(options.home);
      const rows = datasets.map((dataset) => [
        dataset.name,
        dataset.ratings.toLocaleString('en'),
        dataset.users.toLocaleString('en'),
        dataset.movies.toLocaleString('en'),
        dataset.isPresent ? 'yes' : 'no',
      ]);
      print(table(['name', 'ratings', 'users', 'movies', 'present'], rows));
      for (const licence of new Set(datasets.map((dataset) => dataset.licence))) {
        const names = datasets.filter((dataset) => dataset.licence === licence);
        print(`${names.map((dataset) => dataset.name).join(', ')}: ${licence}`);
      }
    });
}
