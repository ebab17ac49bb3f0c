/** `multvae fetch`: downloads a data set. */

import { Command } from 'commander';
import { fetchByName } from '../../home/data-sets.js';
import { textArgument } from '../arguments.js';
import { untilSignal } from '../signals.js';
import { homeOption, note, type Progress, print, startProgress } from '../terminal.js';

/** `multvae fetch`: downloads, verifies and unpacks a published data set. */
export function fetchCommand(): Command {
  return new Command('fetch')
    .description('download, verify and unpack a data set of `multvae datasets`')
    .argument('<name>', 'such as ml-1m')
    .option(
      '--mirror <url>',
      'address of a folder with NAME.zip (default: GroupLens)',
      textArgument('--mirror', 'an http or https address'),
    )
    .addOption(homeOption())
    .action(async (name: string, options: { home: string; mirror?: string }) => {
      let progress: Progress | null = null;
      const onProgress = (bytes: number, total: number | null) => {
        progress ??= startProgress(`fetch ${name}`, total === null ? null : kilobytes(total), 'kB');
        progress.update(kilobytes(bytes));
      };
      const { home, mirror } = options;
      const { folder, verifiedBy, licence } = await untilSignal((signal) =>
        fetchByName(home, name, { onProgress, signal, ...(mirror && { mirror }) }),
      ).finally(() => progress?.stop());
      note(verifiedBy === null ? `${name} is here already` : `${name} verified by ${verifiedBy}`);
      note(`licence: ${licence}; in full in the README in ${folder}`);
      note(`next: multvae import ${name} --home ${home}`);
      print(folder);
    });
}

function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 1000);
}
