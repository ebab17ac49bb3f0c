import type { Command } from 'commander';
import { type Protocol, paperProtocol } from '../config.js';
import type { RatingsDatabase } from '../data/database/ratings-database.js';
import { defaultHeldoutUsers, type LabelledClicks } from '../data/split.js';
import { integerArgument, numberArgument } from './arguments.js';

/** The flags that decide what a click is and who is held out. */
export interface ProtocolFlags {
  readonly heldoutUsers?: number;
  readonly splitSeed: number;
  readonly threshold: number;
  readonly minClicks: number;
}

/** Adds the protocol's flags, with the paper's values as defaults. */
export function addProtocolOptions(command: Command): Command {
  return command
    .option(
      '--heldout-users <n>',
      'validation users, and as many test users (default: a tenth of all, at most 10,000)',
      integerArgument('--heldout-users', 1, 10_000_000),
    )
    .option(
      '--split-seed <n>',
      'seed of the split alone',
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

/** The clicks that the flags select, and the protocol with H filled in. */
export function readClicks(
  database: RatingsDatabase,
  flags: ProtocolFlags,
): { clicks: LabelledClicks; protocol: Protocol } {
  const clicks = database.labelledClicks(flags.threshold, flags.minClicks);
  return {
    clicks,
    protocol: {
      ratingThreshold: flags.threshold,
      minClicks: flags.minClicks,
      heldoutUsers: flags.heldoutUsers ?? defaultHeldoutUsers(clicks.userIds.length),
      splitSeed: flags.splitSeed,
    },
  };
}
