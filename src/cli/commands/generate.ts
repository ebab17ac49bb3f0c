import { Command } from 'commander';
import {
  parseShape,
  SyntheticRatings,
  sampleSeed,
  shapes,
} from '../../data/synthetic/synthetic.js';
import { writeSyntheticFiles } from '../../data/synthetic/synthetic-files.js';
import { integerArgument } from '../arguments.js';
import { untilSignal } from '../signals.js';
import { note, print, startProgress } from '../terminal.js';

/** `multvae generate`: a MovieLens-shaped data set of any size. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('write a synthetic, MovieLens-shaped data set (ratings.csv and movies.csv)')
    .requiredOption(
      '--shape <shape>',
      `${Object.keys(shapes).join(', ')}, or USERSxITEMSxRATINGS such as 5000x2000x400000`,
    )
    .requiredOption('--out <folder>', 'a new or empty folder')
    .option(
      '--seed <n>',
      'same shape and seed, same bytes',
      integerArgument('--seed', 0, 2 ** 32 - 1),
      sampleSeed,
    )
    .action(async (options: { shape: string; out: string; seed: number }) => {
      const shape = parseShape(options.shape);
      const synthetic = new SyntheticRatings(shape, options.seed);
      const progress = startProgress('generate', shape.ratings, 'ratings');
      await untilSignal((signal) =>
        writeSyntheticFiles(synthetic, options.out, progress.update, signal),
      ).finally(progress.stop);
      note(
        `${shape.users} users, ${shape.items} items, ${shape.ratings} ratings, seed ${options.seed}`,
      );
      print(options.out);
    });
}
