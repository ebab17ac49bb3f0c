/** `multvae report`: a comparison as a page. */

import { Command } from 'commander';
import type { SplitName } from '../../eval/report.js';
import { reportRuns } from '../../home/comparison.js';
import { startedByServer } from '../../home/reports/report-maker.js';
import {
  addEngineOptions,
  cutoffsOption,
  type EngineFlags,
  outputFile,
  rulesOption,
  splitOption,
} from '../arguments.js';
import { commandWords } from '../secrets.js';
import { homeOption, note, placeOf, storeOption, writeOutput } from '../terminal.js';
import { bootstrapSeedOption } from './compare.js';

interface Flags extends EngineFlags {
  readonly split: SplitName;
  readonly k: readonly number[];
  readonly rules: 'on' | 'off';
  readonly seed: number;
  readonly output: string;
  readonly home: string;
  readonly store?: string;
}

/** `multvae report RUN… -o FILE`: compares runs of one split in a page to read, keep and print. */
export function reportCommand(): Command {
  const command = new Command('report')
    .description('compare runs of one split in a single HTML file that needs nothing else')
    .argument('<run...>', 'ids that `multvae runs` lists; popularity is added')
    .requiredOption(
      '-o, --output <file>',
      'write the page here; - is stdout',
      outputFile('--output'),
    )
    .addOption(splitOption())
    .addOption(cutoffsOption())
    .addOption(rulesOption())
    .addOption(bootstrapSeedOption())
    .addOption(homeOption())
    .addOption(storeOption());
  return addEngineOptions(command).action(async (ids: string[], flags: Flags) => {
    endWithServer();
    const page = await reportRuns(placeOf(flags), ids, {
      ...flags,
      ks: flags.k,
      command: commandWords(),
      onRemark: note,
    });
    writeOutput('--output', flags.output, page);
  });
}

/** Ends this process when the server that started it is gone, even if that was killed. Other parents may leave. */
function endWithServer(): void {
  if (process.env[startedByServer] !== '1') return;
  // It may have gone while this process started.
  if (process.connected === false && process.send !== undefined) process.exit(1);
  process.once('disconnect', () => process.exit(1));
  // It must not keep this process alive once the report is written.
  process.channel?.unref();
}
