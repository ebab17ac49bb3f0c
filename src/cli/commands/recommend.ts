/** `multvae recommend`: recommends items to one user. */

import { Command, Option } from 'commander';
import { openServing, servingChoices } from '../../home/serving.js';
import type {
  RecommendationList,
  RecommendationOptions,
  RecommendedItem,
} from '../../serving/recommendations.js';
import {
  addEngineOptions,
  type EngineFlags,
  integerArgument,
  numberArgument,
} from '../arguments.js';
import { homeOption, note, print, table } from '../terminal.js';

const { maxN, defaultN, maxOffset, maxSeed } = servingChoices.recommendations;

interface Flags extends EngineFlags, Omit<RecommendationOptions, 'excludeSeen'> {
  readonly n: number;
  readonly run?: string;
  readonly json?: true;
  readonly home: string;
}

/** `multvae recommend USER_ID`: the answer of `GET /recommend/USER_ID`, as a table or as JSON. */
export function recommendCommand(): Command {
  const year = (flag: string) => integerArgument(flag, 0, 9999);
  const part = (flag: string) => numberArgument(flag, 0, 1);
  const command = new Command('recommend')
    .description('recommend items to a user, from the active run')
    .argument('<user-id>', 'as the data set writes it')
    .option('-n <n>', `how many, 1 to ${maxN}`, integerArgument('-n', 1, maxN), defaultN)
    .option('--offset <n>', 'how many to skip', integerArgument('--offset', 0, maxOffset), 0)
    .option(
      '--genre <genre>',
      'only items of this genre; repeatable, for items of any of them',
      repeated,
    )
    .option('--min-year <year>', 'only items of this year or later', year('--min-year'))
    .option('--max-year <year>', 'only items of this year or earlier', year('--max-year'))
    .option('--exclude <item>', 'leave out this item too; repeatable', repeated)
    .option(
      '--diversity <part>',
      '0 to 1: how much the items should differ',
      part('--diversity'),
      0,
    )
    .option('--explore <part>', '0 to 1: how far to go from the user’s taste', part('--explore'), 0)
    .option('--seed <n>', 'seed of the exploration', integerArgument('--seed', 0, maxSeed), 0)
    .option('--explain', 'show which clicks raised each item')
    .addOption(
      new Option('--fallback <what>', 'answer for a user whose clicks the model does not know')
        .choices(['popularity', 'none'])
        .default('popularity'),
    )
    .option('--run <run>', 'answer with this run instead of the active one')
    .option('--json', 'print the body of the HTTP answer')
    .addOption(homeOption());
  return addEngineOptions(command).action(async (userId: string, flags: Flags) => {
    const { models, recommendationsOf, close } = await openServing(flags.home, {
      ...flags,
      onRemark: note,
    });
    try {
      const list = await models.withModel(flags.run, (model) =>
        recommendationsOf(model).recommend(userId, flags),
      );
      if (list.source === 'popularity') {
        note(`these are the most popular items: no click of user ${userId} decided on them`);
      }
      print(flags.json ? JSON.stringify(list) : recommendationTable(list));
    } finally {
      await close();
    }
  });
}

const repeated = (value: string, before: readonly string[] = []) => [...before, value];

function recommendationTable({ items }: RecommendationList): string {
  const isExplained = items.some(({ because }) => because !== undefined);
  const rows = items.map((item) => [
    `${item.rank}. ${item.title ?? item.itemId}`,
    item.year === null ? '' : String(item.year),
    item.genres.join(', '),
    item.score.toFixed(3),
    item.itemId,
    ...(isExplained ? [reasons(item)] : []),
  ]);
  const head = ['title', 'year', 'genres', 'score', 'item', ...(isExplained ? ['because of'] : [])];
  return table(head, rows, ['because of']);
}

function reasons({ because = [] }: RecommendedItem): string {
  return because
    .map(({ title, itemId, contribution }) => `${title ?? itemId} (+${contribution.toFixed(3)})`)
    .join(', ');
}
