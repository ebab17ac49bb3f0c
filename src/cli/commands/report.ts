import { Command, Option } from 'commander';
import { cutoffCurves } from '../../eval/cutoff-curves.js';
import type { SplitName } from '../../eval/report.js';
import { splitNames } from '../../eval/report.js';
import { study } from '../../eval/study.js';
import { measureRuns } from '../../home/comparison.js';
import { hasItemVectors, type ItemEmbedding } from '../../model/recommender.js';
import { EvaluationStore } from '../../runs/evaluations.js';
import { packageVersion } from '../../version.js';
import {
  addEngineOptions,
  cutoffsOption,
  type EngineFlags,
  engineFlags,
  outputFile,
} from '../arguments.js';
import { homeOption, note, writeOutput } from '../terminal.js';
import { bootstrapSeedOption } from './compare.js';

interface Flags extends EngineFlags {
  readonly split: SplitName;
  readonly k: readonly number[];
  readonly seed: number;
  readonly output: string;
  readonly home: string;
}

/** `multvae report RUN… -o FILE`: runs of one split as a page to read, keep and print. */
export function reportCommand(): Command {
  const command = new Command('report')
    .description('compare runs of one split in a single HTML file that needs nothing else')
    .argument('<run...>', 'ids that `multvae runs` lists; popularity is added')
    .requiredOption('-o, --output <file>', 'write the page here', outputFile('--output'))
    .addOption(new Option('--split <set>', 'which users').choices(splitNames).default('test'))
    .addOption(cutoffsOption())
    .addOption(bootstrapSeedOption())
    .addOption(homeOption());
  return addEngineOptions(command).action(async (ids: string[], flags: Flags) => {
    const { split, k: ks, seed } = flags;
    const itemVectors = new Map<string, ItemEmbedding>();
    const { models, catalogue, backend } = await measureRuns({
      ...{ home: flags.home, ids, split, ks, ...engineFlags(flags) },
      onModel: async (label, recommender) => {
        if (hasItemVectors(recommender)) itemVectors.set(label, await recommender.itemVectors());
      },
    });
    const { vocabulary, split: sets } = models[0]!.run!;
    const heldOutUsers = sets[split];
    const evaluations = models.map(({ evaluation }) => evaluation);
    const material = {
      study: study({
        ...{ models, split, ks, seed },
        genres: catalogue?.map(({ genres }) => genres) ?? null,
        provenance: {
          ...{ packageVersion, nodeVersion: process.version, backend },
          command: process.argv.slice(2),
        },
      }),
      ...{ models, heldOutUsers, vocabulary, catalogue, itemVectors },
      curves: cutoffCurves(evaluations, heldOutUsers.heldOut, seed),
    };
    // Loaded here alone: the plots bring a library that no other command needs.
    const { reportPage } = await import('../../eval/html/report-page.js');
    const page = reportPage(material);
    writeOutput('--output', flags.output, page);
    if (ids.length === 1) keepPage(flags.home, ids[0]!, page);
  });
}

/** What `GET /models/RUN/report` serves. */
function keepPage(home: string, run: string, page: string): void {
  const store = new EvaluationStore(home);
  try {
    store.keepPage(run, page);
  } catch (error) {
    note(`the page is not kept in ${store.folder} for serving: ${(error as Error).message}`);
  }
}
