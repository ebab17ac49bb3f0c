/** `multvae generate`: writes synthetic ratings. */

import { Command } from 'commander';
import { generateRatings, synthetic } from '../../home/data-sets.js';
import { integerArgument, textArgument } from '../arguments.js';
import { untilSignal } from '../signals.js';
import { note, type Progress, print, startProgress } from '../terminal.js';

/** `multvae generate`: a MovieLens-shaped data set of any size. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('write a synthetic, MovieLens-shaped data set (ratings.csv and movies.csv)')
    .requiredOption(
      '--shape <shape>',
      `${synthetic.shapes.join(', ')}, or USERSxITEMSxRATINGS such as 5000x2000x400000`,
    )
    .requiredOption('--out <folder>', 'a new or empty folder', textArgument('--out', 'a folder'))
    .option(
      '--seed <n>',
      'same shape and seed, same bytes',
      integerArgument('--seed', 0, 2 ** 32 - 1),
      synthetic.seed,
    )
    .action(async (options: { shape: string; out: string; seed: number }) => {
      let progress: Progress | null = null;
      const onProgress = (ratings: number, total: number) => {
        progress ??= startProgress('generate', total, 'ratings');
        progress.update(ratings);
      };
      const shape = await untilSignal((signal) =>
        generateRatings({ ...options, onProgress, signal }),
      ).finally(() => progress?.stop());
      note(
        `${shape.users} users, ${shape.items} items, ${shape.ratings} ratings, seed ${options.seed}`,
      );
      print(options.out);
    });
}
