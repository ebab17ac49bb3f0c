/** `multvae runs`: lists the runs of a home. */

import { Command } from 'commander';
import { shownPlace } from '../../home/place/place.js';
import { listRuns } from '../../home/runs.js';
import { pruneRuns } from '../../home/training/pruning.js';
import { integerArgument } from '../arguments.js';
import { counted } from '../display/import.js';
import {
  type HomeFlags,
  homeFlag,
  homeOption,
  note,
  placeOf,
  print,
  storeOption,
  table,
} from '../terminal.js';

/** `multvae runs`: lists the runs, newest first, and shows which one is served. */
export function runsCommand(): Command {
  return new Command('runs')
    .description('list the trained runs, newest first, or delete the old ones')
    .option('--json', 'print a JSON array instead of a table')
    .option(
      '--prune <n>',
      'delete all runs but the newest n and the active one, and all stopped trainings but the newest n; prints the ids of those',
      integerArgument('--prune', 1, 1_000_000),
    )
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async (options: HomeFlags & { json?: true; prune?: number }) => {
      if (options.prune !== undefined) {
        const { runs, trainings } = await pruneRuns(placeOf(options), options.prune);
        const deleted = [...runs, ...trainings];
        if (options.json) print(JSON.stringify(deleted));
        else for (const id of deleted) print(id);
        const what = `${counted(runs.length, 'run')} and ${counted(trainings.length, 'stopped training')}`;
        note(deleted.length === 0 ? 'nothing to delete' : `deleted ${what}`);
        return;
      }
      const { runs, pending, unsent } = await listRuns(placeOf(options));
      const home = homeFlag(placeOf(options));
      if (runs.length === 0) {
        note(
          `there are no runs in ${shownPlace(placeOf(options))}; \`multvae train${home}\` makes one`,
        );
      }
      if (options.json) {
        print(JSON.stringify(runs));
        return;
      }
      if (runs.length > 0) {
        const hasProtocols = runs.some(({ protocolName }) => (protocolName ?? 'users') !== 'users');
        const isNamed = runs.some(({ name }) => name !== null);
        const rows = runs.map((run) => [
          run.id,
          ...(isNamed ? [run.name ?? ''] : []),
          run.active ? 'active' : '',
          run.dataName ?? '',
          ...(hasProtocols ? [run.protocolName ?? ''] : []),
          run.metrics?.['ndcg@100']?.toFixed(4) ?? '',
          run.createdAt ?? '',
        ]);
        const protocol = hasProtocols ? ['protocol'] : [];
        const heads = ['', 'data', ...protocol, 'validation ndcg@100', 'created'];
        print(table(['run', ...(isNamed ? ['name'] : []), ...heads], rows));
      }
      for (const { id, problem, remark, note: written } of runs) {
        if (written !== null) note(`note on ${id}: ${written}`);
        if (problem !== null) note(`${id} cannot be used: ${problem}`);
        if (remark !== null) note(remark);
      }
      for (const id of unsent) {
        note(
          `${id} is in ${placeOf(options).folder} alone; \`multvae activate ${id}${home}\` sends it to the store and makes it the active run`,
        );
      }
      for (const { id, trainer, canResume } of pending) {
        const goOn = canResume
          ? `\`multvae train --resume ${id}${home}\` goes on with it`
          : 'it has no checkpoint to go on from';
        note(
          trainer !== null
            ? `${id} is being trained by ${trainer}`
            : `${id} is not finished; ${goOn}, \`multvae remove ${id}${home}\` gives it up`,
        );
      }
      if (runs.length > 0 && runs.every(({ active }) => !active)) {
        note(`no run is active; \`multvae activate RUN${home}\` chooses the one that is served`);
      }
    });
}
