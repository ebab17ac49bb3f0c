import { Command, Option } from 'commander';
import { type RecommendationOptions, recommendationLimits } from '../api/recommendations.js';
import { addEngineOptions, type EngineFlags, engineFlags, integerArgument } from './arguments.js';
import { openHome } from './serving.js';
import { homeOption, note, print, table } from './terminal.js';

const { maxN, defaultN } = recommendationLimits;

interface Flags extends EngineFlags {
  readonly n: number;
  readonly fallback: RecommendationOptions['fallback'];
  readonly json?: true;
  readonly home: string;
}

/** `multvae recommend USER_ID`: what `GET /recommend/USER_ID` answers, as a table or as its body. */
export function recommendCommand(): Command {
  const command = new Command('recommend')
    .description('recommend items to a user, from the active run')
    .argument('<user-id>', 'as the data set writes it')
    .option('-n <n>', `how many, 1 to ${maxN}`, integerArgument('-n', 1, maxN), defaultN)
    .addOption(
      new Option('--fallback <what>', 'for a user whose clicks the model does not know')
        .choices(['popularity', 'none'])
        .default('popularity'),
    )
    .option('--json', 'print exactly the body of the HTTP answer')
    .addOption(homeOption());
  return addEngineOptions(command).action(async (userId: string, flags: Flags) => {
    const { n, fallback, json, home } = flags;
    const { recommendations, close } = await openHome(home, engineFlags(flags));
    try {
      const list = await recommendations.recommend(userId, { n, excludeSeen: true, fallback });
      if (list.source === 'popularity') {
        note(`these are the most popular items: no click of user ${userId} decided on them`);
      }
      if (json) {
        print(JSON.stringify(list));
        return;
      }
      const rows = list.items.map(({ itemId, rank, score, title, genres, year }) => [
        `${rank}. ${title ?? itemId}`,
        ...[year === null ? '' : String(year), genres.join(', '), score.toFixed(3), itemId],
      ]);
      print(table(['title', 'year', 'genres', 'score', 'item'], rows));
    } finally {
      await close();
    }
  });
}
