/** What can be asked of a protocol, and what of it does not go together. */

import {
  type Protocol,
  type ProtocolName,
  protocolName,
  protocolNames,
  timeText,
} from '../../config/protocol.js';
import type { Moment } from '../../data/split/time.js';
import { isTime } from '../../data/time.js';
import { ArgumentError, quote, showValue } from '../../errors.js';

/** Which ratings are clicks, and what is held out. The defaults are the paper's. */
export interface ProtocolOptions {
  /** Default: users. */
  readonly protocol?: ProtocolName;
  /** Of `users`: validation users, and as many test users. Default: a tenth of all users, at most 10,000. */
  readonly heldoutUsers?: number;
  /** Seed of the split. */
  readonly splitSeed?: number;
  /** A rating above this is a click; null makes every row a click. Default: `defaultThreshold` of the data's scale. */
  readonly threshold?: number | null;
  /** Users with fewer clicks are left out; with `time`, users with fewer training clicks are not trained on. */
  readonly minClicks?: number;
  /**
   * A run whose held-out users stay held out, while of the users whom it was not trained on the same share joins them.
   * The clicks and the seed are then those of that run, and the other options do not count. Of a run that holds out
   * clicks, it is the same split again, and the data must be the same.
   */
  readonly heldoutFrom?: string;
  /** Of `time`: what came before is trained on. Default: the moment before which .8 of the clicks came. */
  readonly trainBefore?: MomentOption;
  /** Of `time`: what came from then on is for the test. Default: the moment that halves what came after the training. */
  readonly testFrom?: MomentOption;
  /** Of `leave-last`: each user's last clicks for the test, and as many before them for validation. Default: 1. */
  readonly last?: number;
  /** Of `per-user`: the part of each user's clicks for the test, and for validation, up to .4. Default: .1. */
  readonly share?: number;
  /** Of `files`: rows `user,item`, or lines `user item item …`. `threshold` and `minClicks` do not count. */
  readonly trainFile?: string;
  /** Of `files`. Default: a tenth of the training clicks is held out. */
  readonly validationFile?: string;
  /** Of `files`. */
  readonly testFile?: string;
}

/**
 * A moment: a date such as `2015`, `2015-06` or `2015-06-30T12:00Z` (UTC where no zone is named), seconds since 1970, or
 * the part of the clicks that came before it, such as .8 or `80%`.
 */
export type MomentOption = string | number | Date;

/** The options of each protocol that the others do not have, with their flags. */
const ownOptions = {
  users: { heldoutUsers: '--heldout-users', heldoutFrom: '--heldout-from' },
  time: { trainBefore: '--train-before', testFrom: '--test-from' },
  'leave-last': { last: '--last' },
  'per-user': { share: '--share' },
  files: {
    trainFile: '--train-file',
    validationFile: '--validation-file',
    testFile: '--test-file',
  },
} as const satisfies Record<ProtocolName, Partial<Record<keyof ProtocolOptions, string>>>;

/** Every option that says what is held out. */
export const splitOptions = Object.values(ownOptions).flatMap((options) =>
  Object.keys(options),
) as readonly (keyof ProtocolOptions)[];

/** The protocol that is asked for. @throws ArgumentError for options that do not go with it, or are missing */
export function checkedProtocol(options: ProtocolOptions): ProtocolName {
  const { protocol = 'users' } = options;
  if (!(protocolNames as readonly string[]).includes(protocol)) {
    throw new ArgumentError(
      `--protocol is ${showValue(protocol)}; it must be one of ${protocolNames.join(', ')}`,
    );
  }
  for (const name of protocolNames) {
    if (name === protocol) continue;
    for (const [option, flag] of Object.entries(ownOptions[name])) {
      if (options[option as keyof ProtocolOptions] === undefined) continue;
      throw new ArgumentError(
        `${flag} is for --protocol ${name}, and the protocol is ${protocol}; leave ${flag} out, or give --protocol ${name}`,
      );
    }
  }
  if (protocol === 'files' && (options.trainFile === undefined || options.testFile === undefined)) {
    const missing = options.trainFile === undefined ? '--train-file' : '--test-file';
    throw new ArgumentError(
      `--protocol files needs ${missing}; give a file of rows user,item or of lines: user item item …`,
    );
  }
  return protocol;
}

/** The options that a protocol came from; moments are texts, as `comparable` writes them. */
export function optionsOf(protocol: Protocol): Record<keyof ProtocolOptions, unknown> {
  const {
    heldOutClicks: held,
    heldoutUsers,
    splitSeed,
    ratingThreshold,
    minClicks,
    kept,
  } = protocol;
  const files = held?.by === 'files' ? held : null;
  return {
    protocol: protocolName(protocol),
    heldoutUsers,
    splitSeed,
    threshold: ratingThreshold,
    minClicks,
    heldoutFrom: kept?.run,
    trainBefore: held?.by === 'time' ? timeText(held.trainBefore) : undefined,
    testFrom: held?.by === 'time' ? timeText(held.testFrom) : undefined,
    last: held?.by === 'leave-last' ? held.last : undefined,
    share: held?.by === 'per-user' ? held.share : undefined,
    trainFile: files?.train.path,
    validationFile: files?.validation?.path,
    testFile: files?.test.path,
  };
}

/** The value of an option, as `optionsOf` gives it: a date in one form. */
export function comparable(name: string, value: ProtocolOptions[keyof ProtocolOptions]): unknown {
  if (value == null || (name !== 'trainBefore' && name !== 'testFrom')) return value;
  const moment = read(value);
  return moment !== null && 'seconds' in moment ? timeText(moment.seconds) : value;
}

const momentRule =
  'give a date such as 2015-06-30, or the part of the clicks that came before, such as 0.8 or 80%';

/** Reads a moment. @param flag - for messages @throws ArgumentError */
export function momentOf(flag: string, given: MomentOption): Moment {
  const moment = read(given);
  if (moment !== null) return moment;
  const shown = given instanceof Date ? String(given) : showValue(given);
  throw new ArgumentError(`${flag} is ${shown}; ${momentRule}`);
}

function read(given: MomentOption): Moment | null {
  if (given instanceof Date) return secondsOf(given.getTime() / 1000);
  if (typeof given === 'number') return fromNumber(given);
  const text = given.trim();
  const percent = /^(\d+(?:\.\d+)?)\s?%$/.exec(text);
  if (percent !== null) return quantileOf(Number(percent[1]) / 100);
  if (/^\d{4}$/.test(text)) return fromDate(`${text}-01-01`);
  if (/^\d{4}-\d\d$/.test(text)) return fromDate(`${text}-01`);
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return fromNumber(Number(text));
  return fromDate(text);
}

function fromNumber(value: number): Moment | null {
  return value > 0 && value < 1 ? quantileOf(value) : secondsOf(value);
}

function quantileOf(quantile: number): Moment | null {
  return quantile > 0 && quantile < 1 ? { quantile } : null;
}

function secondsOf(seconds: number): Moment | null {
  // From 0 to 1 is a part, and 0 and 1 as parts leave nothing to train on or to measure.
  return isTime(seconds) && (seconds < 0 || seconds > 1) ? { seconds } : null;
}

function fromDate(text: string): Moment | null {
  const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s?(Z|[+-]\d\d:\d\d)?)?$/;
  const found = form.exec(text);
  if (found === null) return null;
  const [, day, clock = '00:00', zone = 'Z'] = found;
  const ms = Date.parse(`${day}T${clock}${zone}`);
  // The 30th of February would become the 2nd of March.
  const isDay = new Date(`${day}T00:00Z`).toISOString?.().startsWith(day!);
  return Number.isNaN(ms) || !isDay ? null : secondsOf(ms / 1000);
}

/** The name of a file of a published split. @throws ArgumentError where it is empty */
export function splitFile(flag: string, path: string): string {
  if (path.trim() === '') throw new ArgumentError(`${flag} is ${quote(path)}; give a file`);
  return path;
}
