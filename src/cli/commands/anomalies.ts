/** `multvae anomalies`: lists unusual users. */

import { Command } from 'commander';
import { findAnomalies } from '../../home/generative-run.js';
import type { AnomalyList, UnusualUser } from '../../serving/anomalies.js';
import { addEngineOptions, type EngineFlags, integerArgument } from '../arguments.js';
import { homeFlag, homeOption, note, placeOf, print, storeOption, table } from '../terminal.js';

interface Flags extends EngineFlags {
  readonly n: number;
  readonly json?: true;
  readonly home: string;
  readonly store?: string;
}

/** `multvae anomalies [RUN]`: lists the users whose clicks the model explains worst, and why. */
export function anomaliesCommand(): Command {
  const command = new Command('anomalies')
    .description('list the users whose clicks the model explains worst, and which clicks')
    .argument('[run]', 'an id that `multvae runs` lists (default: the active run)')
    .option('-n <n>', 'how many users, 1 to 1000', integerArgument('-n', 1, 1000), 20)
    .option('--json', 'print JSON instead of a table')
    .addOption(homeOption())
    .addOption(storeOption())
    .addHelpText('after', meaning);
  return addEngineOptions(command).action(async (run: string | undefined, flags: Flags) => {
    const list = await findAnomalies(placeOf(flags), {
      ...flags,
      onRemark: note,
      ...(run !== undefined && { run }),
    });
    if (!list.dataUnchanged) {
      note(
        'the data have changed since the training, so it is not known which users the model was trained on; those look more usual than they are',
      );
    }
    if (list.users.length === 0) {
      note(
        `there is nobody to judge: no user of ${flags.home} with enough clicks has one that ${list.modelVersion} knows; name a run of the data that are there now (\`multvae runs${homeFlag(placeOf(flags))}\`), or train one`,
      );
    }
    if (flags.json) {
      print(JSON.stringify(list));
      return;
    }
    if (list.users.length === 0) return;
    print(anomalyTable(list));
    note(
      `${list.judged} users judged by ${list.modelVersion}; the score counts standard deviations above what is usual for so many clicks`,
    );
  });
}

const meaning = `
A user's nats a click are -ELBO / clicks. The score is the number of standard deviations by which they exceed
those of 60 users with about as many clicks. A user that the model was trained on is compared with other
training users, everybody else with validation users. The table also shows the clicks that the model expects
least, each with its place among all items as the model orders them for this user.`;

function anomalyTable({ users, items }: AnomalyList): string {
  const place = ({ rank, title, itemId }: UnusualUser['leastExpected'][number]) =>
    `${title ?? itemId} (${rank})`;
  const rows = users.map((user) => [
    user.userId,
    user.score.toFixed(1),
    String(user.clicks),
    user.natsPerClick.toFixed(2),
    `${user.usual.toFixed(2)} ± ${user.spread.toFixed(2)}`,
    user.trained ? 'yes' : 'no',
    user.leastExpected.map(place).join(', '),
  ]);
  const head = ['user', 'score', 'clicks', 'nats a click', 'usual', 'trained on'];
  const unexpected = `least expected clicks (place of ${items})`;
  return table([...head, unexpected], rows, [unexpected]);
}
