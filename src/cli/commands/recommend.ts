/** `multvae recommend`: recommends items to a user, to a basket, or to a user with a basket. */

import { Command, Option } from 'commander';
import { ArgumentError, UnknownUserError } from '../../errors.js';
import { openServing, servingChoices } from '../../home/serving.js';
import type { RecommendationsLeft } from '../../serving/empty-answer.js';
import type { ProfileRecommendations, RecommendationList } from '../../serving/ranking/list.js';
import type { RecommendationOptions } from '../../serving/ranking/options.js';
import {
  addEngineOptions,
  dash,
  type EngineFlags,
  idList,
  integerArgument,
  numberArgument,
  outputFile,
  repeated,
  textArgument,
} from '../arguments.js';
import { listFormats } from '../display/lists.js';
import { emptyList, recommendationTable } from '../display/recommendations.js';
import { checkListFlags, type ListFlags, recommendAll, wantsAll } from '../recommend-all.js';
import { standardInputLines } from '../standard-streams.js';
import { homeOption, note, placeOf, print, storeOption } from '../terminal.js';

const { maxN, defaultN, maxOffset, maxNewItems, maxSeed } = servingChoices.recommendations;

/** A remark names at most this many ids. */
const maxNamedIds = 10;

interface Flags extends EngineFlags, ListFlags, Omit<RecommendationOptions, 'excludeSeen'> {
  readonly n: number;
  readonly run?: string;
  readonly json?: true;
  readonly home: string;
  readonly store?: string;
}

/** `multvae recommend USER_ID`: the answer of `GET /recommend/USER_ID` or of `POST /recommend`, as a table or as JSON. */
export function recommendCommand(): Command {
  const year = (flag: string) => integerArgument(flag, 0, 9999);
  const part = (flag: string) => numberArgument(flag, 0, 1);
  const command = new Command('recommend')
    .description('recommend items to a user, or for a basket, from the active run')
    .argument(
      '[user-id]',
      'as the data set writes it; - reads ids from standard input, one a line; not needed with --items',
    )
    .option(
      '--items <ids>',
      'the basket: items that count as clicks, separated by commas; repeatable',
      idList,
    )
    .option('--only <ids>', 'rank these items alone, separated by commas; repeatable', idList)
    .option('-n <n>', `how many, 1 to ${maxN}`, integerArgument('-n', 1, maxN), defaultN)
    .option('--offset <n>', 'how many to skip', integerArgument('--offset', 0, maxOffset), 0)
    .option(
      '--genre <genre>',
      'only items of this genre; repeatable, for items of any of them',
      repeated,
    )
    .option('--min-year <year>', 'only items of this year or later', year('--min-year'))
    .option('--max-year <year>', 'only items of this year or earlier', year('--max-year'))
    .option(
      '--where <filter>',
      'only items that fit, such as "price<20 and in_stock" or "brand in (Alba,Sol)"',
    )
    .option(
      '--fields <names>',
      'show these fields of each item, separated by commas; * for all',
      idList,
    )
    .option('--exclude <item>', 'leave out this item too; repeatable', repeated)
    .option(
      '--diversity <part>',
      '0 to 1: how much the items should differ',
      part('--diversity'),
      0,
    )
    .option(
      '--novelty <part>',
      '0 to 1: how much the items should be little known',
      part('--novelty'),
      0,
    )
    .option('--explore <part>', '0 to 1: how far to go from the user’s taste', part('--explore'), 0)
    .option('--seed <n>', 'seed of the exploration', integerArgument('--seed', 0, maxSeed), 0)
    .addOption(
      new Option('--rules <what>', 'whether the shop’s rules are followed')
        .choices(['on', 'off'])
        .default('on'),
    )
    .option(
      '--new-items <n>',
      `how many products without clicks the list may hold, 0 to ${maxNewItems}`,
      integerArgument('--new-items', 0, maxNewItems),
      0,
    )
    .option('--explain', 'show which clicks raised each item')
    .addOption(
      new Option('--fallback <what>', 'answer for a user whose clicks the model does not know')
        .choices(['popularity', 'none'])
        .default('popularity'),
    )
    .option('--run <run>', 'answer with this run instead of the active one')
    .option('--json', 'print the body of the HTTP answer, one line for each user')
    .option('--all', 'the lists of all users of the home')
    .option(
      '--users <file>',
      'the lists of the users of this file, one id a line; - is standard input',
      textArgument('--users', 'a file'),
    )
    .option(
      '-o, --output <file>',
      'with --all or --users: write the lists here, as .jsonl or .csv, also with .gz (default: JSON Lines on stdout)',
      outputFile('--output'),
    )
    .addOption(
      new Option(
        '--format <form>',
        'the form of the output, where its ending does not say it',
      ).choices(listFormats),
    )
    .addOption(homeOption())
    .addOption(storeOption());
  return addEngineOptions(command).action(recommend);
}

/** The users of the argument, or of standard input, one a line. */
async function* usersOf(argument: string): AsyncGenerator<string> {
  if (argument !== dash) {
    yield argument;
    return;
  }
  for await (const line of standardInputLines()) if (line.trim() !== '') yield line.trim();
}

/** Answers for one user after the other, or for the basket alone. */
async function recommend(userId: string | undefined, given: Flags): Promise<void> {
  checkListFlags(userId, given);
  if (userId === undefined && !given.items?.length && !wantsAll(given)) {
    throw new ArgumentError(
      'there is neither a user nor a basket; give the id of a user, the ids of items with --items, or --all for all users',
    );
  }
  const { minYear = 0, maxYear = 9999, genre, exclude } = given;
  if (minYear > maxYear) {
    throw new ArgumentError(
      `--min-year is ${minYear} and --max-year is ${maxYear}, so no year fits; give a --min-year that is not above --max-year`,
    );
  }
  // An empty value is usually an unset variable of a script; as in a query, it names nothing.
  const flags = { ...given, genre: genre?.filter(Boolean), exclude: exclude?.filter(Boolean) };
  if (wantsAll(flags)) {
    await recommendAll(flags);
    return;
  }
  const { models, recommendationsOf, close } = await openServing(placeOf(flags), {
    ...flags,
    onRemark: note,
  });
  const isBatch = userId === dash;
  let users = 0;
  try {
    if (userId === undefined) {
      const { items = [], run } = flags;
      await models.withModel(run, async (model) => {
        const recommendations = recommendationsOf(model);
        const list = await recommendations.recommendTo(items, flags);
        await show(list, flags, () => recommendations.leftFor(items, flags));
      });
      return;
    }
    for await (const user of usersOf(userId)) {
      await models.withModel(flags.run, async (model) => {
        const recommendations = recommendationsOf(model);
        try {
          const list = await recommendations.recommend(user, flags);
          if (isBatch && !flags.json) print(users > 0 ? `\n${user}` : user);
          await show(list, flags, () => recommendations.left(user, flags));
        } catch (error) {
          // One unknown user does not end the answers for the others.
          if (!isBatch || !(error instanceof UnknownUserError)) throw error;
          note(`no answer for ${user}: ${error.message}`);
          process.exitCode = error.exitCode;
        }
      });
      users++;
    }
  } finally {
    await close();
  }
  if (users === 0) note('standard input holds no user id; give one a line');
}

async function show(
  list: RecommendationList | ProfileRecommendations,
  flags: Flags,
  left: () => Promise<RecommendationsLeft>,
): Promise<void> {
  const { unknownItems = [] } = list;
  if (unknownItems.length > 0)
    note(`${list.modelVersion} does not know ${shortened(unknownItems)}`);
  if (list.items.length === 0) {
    note(emptyList(list, await left(), flags));
  } else if (list.source === 'popularity') {
    const whose = 'userId' in list ? `click of user ${list.userId}` : 'item of the basket';
    note(`these are the most popular items: no ${whose} decided on them`);
  }
  if (flags.json) print(JSON.stringify(list));
  else if (list.items.length > 0) print(recommendationTable(list));
}

/** The first ids of a list, and how many more there are. */
function shortened(ids: readonly string[]): string {
  const more = ids.length - maxNamedIds;
  return `${ids.slice(0, maxNamedIds).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
