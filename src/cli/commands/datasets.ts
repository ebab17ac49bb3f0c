import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { datasetFolder, publishedDatasets } from '../../data/sources/datasets.js';
import { homeOption, print, table } from '../terminal.js';

/** `multvae datasets`: the data sets that have a name. */
export function datasetsCommand(): Command {
  return new Command('datasets')
    .description('list the data sets that `fetch` and `import` know by name')
    .addOption(homeOption())
    .action((options: { home: string }) => {
      const rows = publishedDatasets.map((dataset) => [
        dataset.name,
        ...[dataset.ratings, dataset.users, dataset.movies].map((n) => n.toLocaleString('en')),
        existsSync(datasetFolder(options.home, dataset)) ? 'yes' : 'no',
      ]);
      print(table(['name', 'ratings', 'users', 'movies', 'present'], rows));
      for (const licence of new Set(publishedDatasets.map((dataset) => dataset.licence))) {
        const names = publishedDatasets.filter((dataset) => dataset.licence === licence);
        print(`${names.map((dataset) => dataset.name).join(', ')}: ${licence}`);
      }
    });
}
