/** Flags that say what a click is and what is held out. */

import { type Command, Option } from 'commander';
import {
  type Protocol,
  paperProtocol,
  protocolName,
  protocolNames,
  protocolText,
} from '../config/protocol.js';
import type { Scale } from '../data/files/rating.js';
import type { LeftOut } from '../home/material.js';
import { integerArgument, numberArgument, textArgument } from './arguments.js';

/** Adds the protocol's flags. The defaults are the paper's. */
export function addProtocolOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--protocol <name>',
        'what is held out: whole users; what came after a date; the last clicks of each user; a share of each user’s clicks; or what the files of a published split say',
      )
        .choices(protocolNames)
        .default('users'),
    )
    .option(
      '--heldout-users <n>',
      'users: number of validation users, and of test users (default: a tenth of all, at most 10,000)',
      integerArgument('--heldout-users', 1, 10_000_000),
    )
    .option(
      '--train-before <when>',
      'time: what came before is trained on: a date, or the part of the clicks that came before, such as 0.8 or 80% (default: 0.8)',
      textArgument('--train-before', 'a date, or a part such as 0.8'),
    )
    .option(
      '--test-from <when>',
      'time: what came from then on is for the test, and what came between for validation (default: what halves the clicks after the training)',
      textArgument('--test-from', 'a date, or a part such as 0.9'),
    )
    .option(
      '--last <k>',
      'leave-last: each user’s last k clicks are for the test, and the k before them for validation (default: 1)',
      integerArgument('--last', 1, 1_000_000),
    )
    .option(
      '--share <part>',
      'per-user: the part of each user’s clicks for the test, and as large a part for validation (default: 0.1)',
      numberArgument('--share', 0.000001, 0.4),
    )
    .addOption(
      fileOption('--train-file', 'training clicks: rows user,item or lines user item item …'),
    )
    .addOption(
      fileOption(
        '--validation-file',
        'validation clicks (default: a tenth of the training clicks is held out and not trained on)',
      ),
    )
    .addOption(fileOption('--test-file', 'test clicks'))
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
      'users with fewer clicks are left out; with --protocol time, those with fewer training clicks are not trained on',
      integerArgument('--min-clicks', 1, 1_000_000),
      paperProtocol.minClicks,
    )
    .addOption(
      new Option(
        '--heldout-from <run>',
        'hold out whom this run holds out, and the same share of the users whom it was not trained on; clicks and seed are those of that run. Of a run that holds out clicks: the same split again',
      )
        .argParser(textArgument('--heldout-from', 'the id of a run'))
        .conflicts(['protocol', 'heldoutUsers', 'splitSeed', 'threshold', 'minClicks']),
    );
}

/** A file of a published split, whose clicks need no threshold. */
function fileOption(flag: string, what: string): Option {
  return new Option(`${flag} <file>`, `files: ${what}`)
    .argParser(textArgument(flag, 'a file'))
    .conflicts(['threshold', 'minClicks']);
}

/** The protocol by its name, and what it holds out. */
export function describeProtocol(protocol: Protocol): string {
  return `protocol ${protocolName(protocol)}: ${protocolText(protocol)} (--protocol)`;
}

/** What the data say about a click. */
export interface ClickData {
  readonly scale: Scale | null;
  readonly minWeight: number | null;
}

/** What a click is, and who takes part, as a training says it. */
export function describeClicks(protocol: Protocol, { scale, minWeight }: ClickData): string {
  const { ratingThreshold, minClicks } = protocol;
  const name = protocolName(protocol);
  if (name === 'files') return 'a click is every pair of a user and an item in the files';
  let click = 'every row';
  if (scale !== null && ratingThreshold !== null) {
    click = `a rating above ${ratingThreshold} on the scale from ${scale.low} to ${scale.high}`;
  }
  if (minWeight !== null) {
    click += `, whose weights add up to ${minWeight === 0 ? 'more than 0' : `${minWeight} or more`}`;
  }
  const few =
    name === 'time'
      ? `users with fewer than ${minClicks} before the end of the training are not trained on`
      : `users with fewer than ${minClicks} are left out`;
  return `a click is ${click} (--threshold); ${few} (--min-clicks)`;
}

/** Whom the protocol leaves out of the training and of the figures, a sentence each. */
export function describeLeftOut(
  { users, below, nothingHidden }: LeftOut,
  protocol: Protocol,
): string[] {
  const { minClicks } = protocol;
  const lines: string[] = [];
  if (below > 0) {
    lines.push(
      protocolName(protocol) === 'time'
        ? `${below} of ${users} users have fewer than ${minClicks} clicks before the end of the training and none later, and take no part (--min-clicks ${minClicks})`
        : `${below} of ${users} users have fewer than ${minClicks} clicks and take no part (--min-clicks ${minClicks})`,
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
