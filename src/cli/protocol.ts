/** Flags that say what a click is and who is held out. */

import { type Command, Option } from 'commander';
import { type Protocol, paperProtocol } from '../config/protocol.js';
import type { Scale } from '../data/files/rating.js';
import type { LeftOut } from '../home/material.js';
import { integerArgument, numberArgument, textArgument } from './arguments.js';

/** Adds the protocol's flags. The defaults are the paper's. */
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
      'a click is a rating above this (default: .7 of the highest possible rating, such as 3.5 of 5; two thirds of the way up where ratings may be negative)',
      numberArgument('--threshold', -1e9, 1e9),
    )
    .option(
      '--min-clicks <n>',
      'users with fewer clicks are left out',
      integerArgument('--min-clicks', 1, 1_000_000),
      paperProtocol.minClicks,
    )
    .addOption(
      new Option(
        '--heldout-from <run>',
        'hold out whom this run holds out, and the same share of the users whom it was not trained on; clicks and seed are those of that run',
      )
        .argParser(textArgument('--heldout-from', 'the id of a run'))
        .conflicts(['heldoutUsers', 'splitSeed', 'threshold', 'minClicks']),
    );
}

/** What the data say about a click. */
export interface ClickData {
  readonly scale: Scale | null;
  readonly minWeight: number | null;
}

/** What a click is, and who takes part, as a training says it. */
export function describeClicks(
  { ratingThreshold, minClicks }: Protocol,
  { scale, minWeight }: ClickData,
): string {
  let click = 'every row';
  if (scale !== null && ratingThreshold !== null) {
    click = `a rating above ${ratingThreshold} on the scale from ${scale.low} to ${scale.high}`;
  }
  if (minWeight !== null) {
    click += `, whose weights add up to ${minWeight === 0 ? 'more than 0' : `${minWeight} or more`}`;
  }
  return `a click is ${click} (--threshold); users with fewer than ${minClicks} are left out (--min-clicks)`;
}

/** Whom the protocol leaves out of the training and of the figures, a sentence each. */
export function describeLeftOut(
  { users, below, nothingHidden }: LeftOut,
  { minClicks }: Protocol,
): string[] {
  const lines: string[] = [];
  if (below > 0) {
    lines.push(
      `${below} of ${users} users have fewer than ${minClicks} clicks and take no part (--min-clicks ${minClicks})`,
    );
  }
  const { validation, test } = nothingHidden;
  if (validation + test > 0) {
    lines.push(
      `${validation} validation users and ${test} test users have nothing hidden, because they have fewer than 5 clicks on items of training users; no figure counts them (a higher --min-clicks leaves them out)`,
    );
  }
  return lines;
}
