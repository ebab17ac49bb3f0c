/** Flags that say what a click is and who is held out. */

import type { Command } from 'commander';
import { paperProtocol } from '../config/protocol.js';
import { integerArgument, numberArgument } from './arguments.js';

/** Adds the protocol's flags, with the paper's values as defaults. */
export function addProtocolOptions(command: Command): Command {
  return command
    .option(
      '--heldout-users <n>',
      'number of validation users, and of test users (default: a tenth of all, at most 10,000)',
      integerArgument('--heldout-users', 1, 10_000_000),
    )
    .option(
      '--split-seed <n>',
      'seed of the split only',
      integerArgument('--split-seed', 0, 2 ** 32 - 1),
      paperProtocol.splitSeed,
    )
    .option(
      '--threshold <rating>',
      'a click is a rating above this',
      numberArgument('--threshold', -1e9, 1e9),
      paperProtocol.ratingThreshold,
    )
    .option(
      '--min-clicks <n>',
      'users with fewer clicks are left out',
      integerArgument('--min-clicks', 1, 1_000_000),
      paperProtocol.minClicks,
    );
}
