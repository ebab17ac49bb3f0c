/** `multvae generate`: writes synthetic data. */

import { Command } from 'commander';
import { generateRatings, synthetic } from '../../home/data-sets.js';
import { integerArgument, textArgument } from '../arguments.js';
import { untilSignal } from '../signals.js';
import { note, type Progress, print, startProgress } from '../terminal.js';

/** `multvae generate`: a shop, a MovieLens-shaped data set or a large catalogue, of any size. */
export function generateCommand(): Command {
  return new Command('generate')
    .description(
      'write synthetic data: a shop (orders.csv and products.csv), a MovieLens-shaped set (ratings.csv and movies.csv), or a large catalogue (clicks.csv)',
    )
    .requiredOption(
      '--shape <shape>',
      `${synthetic.shapes.join(', ')}, USERSxITEMSxRATINGS such as 5000x2000x400000, shop:CUSTOMERSxPRODUCTSxLINES, or catalogue:USERSxITEMSxCLICKS`,
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
      const isShop = options.shape.startsWith('shop');
      const isCatalogue = options.shape.startsWith('catalogue');
      const rows = isShop ? 'order lines' : isCatalogue ? 'clicks' : 'ratings';
      const onProgress = (written: number, total: number) => {
        progress ??= startProgress('generate', total, rows);
        progress.update(written);
      };
      const shape = await untilSignal((signal) =>
        generateRatings({ ...options, onProgress, signal }),
      ).finally(() => progress?.stop());
      const users = isShop ? 'customers' : 'users';
      const items = isShop ? 'products' : 'items';
      note(
        `${shape.users} ${users}, ${shape.items} ${items}, ${shape.ratings} ${rows}, seed ${options.seed}`,
      );
      print(options.out);
    });
}
