/** Flags that several commands share, and the parsers of their values. */

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { ArgumentError, quote } from '../errors.js';
import { backends, type EngineOptions } from '../home/engine-options.js';
import { measuring } from '../home/evaluation.js';

/** The name of standard input and of standard output. */
export const dash = '-';

/** Values of `addEngineOptions`. */
export type EngineFlags = EngineOptions;

/** Adds the flags of every command that computes with tensors. */
export function addEngineOptions(command: Command): Command {
  return command
    .option('--backend <name>', 'compute on this backend (see multvae doctor)', backends.parse)
    .addOption(threadsOption());
}

/** The threads of the backend `native`. */
export function threadsOption(): Option {
  return new Option(
    '--threads <n>',
    'threads of the backend native (default: all cores, or those of the container)',
  ).argParser(integerArgument('--threads', 1, 256));
}

/** Which held-out users are measured. */
export function splitOption(): Option {
  return new Option('--split <set>', 'which users')
    .choices(measuring.splits)
    .default(measuring.split);
}

/** The cutoffs of the metrics. */
export function cutoffsOption(): Option {
  return new Option('--k <list>', 'cutoffs, separated by commas')
    .argParser(parseCutoffs)
    .default(measuring.ks);
}

/** Whether rules in force are measured. */
export function rulesOption(): Option {
  return new Option('--rules <what>', 'whether to measure what the shop’s rules in force cost')
    .choices(['on', 'off'])
    .default('on');
}

function parseCutoffs(text: string): number[] {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  const ks = parts.map((part) => (/^\d{1,9}$/.test(part.trim()) ? Number(part) : NaN));
  try {
    measuring.checkCutoffs(ks);
  } catch (error) {
    throw new ArgumentError(
      `--k is ${quote(text)}; give one or more different integers from 1 on, such as 20,50,100`,
      { cause: error },
    );
  }
  return ks;
}

/**
 * A commander parser for a file that the command will write; `-` is standard output. It refuses a path that cannot be
 * written before the work begins.
 *
 * @throws ArgumentError (from the parser) with the flag, the path and what is in the way
 */
export function outputFile(flag: string): (text: string) => string {
  const nonEmpty = textArgument(flag, 'a file');
  return (text) => {
    const path = nonEmpty(text);
    if (path === dash) return path;
    const exists = existsSync(path);
    try {
      if (exists && statSync(path).isDirectory()) throw new Error(`${path} is a folder`);
      if (!exists && !existsSync(dirname(path)))
        throw new Error(`there is no folder ${dirname(path)}`);
      accessSync(exists ? path : dirname(path), constants.W_OK);
    } catch (error) {
      throw new ArgumentError(`${flag}: cannot write the file: ${(error as Error).message}`);
    }
    return path;
  };
}

/**
 * A commander parser for an integer flag.
 *
 * @throws ArgumentError (from the parser) with the flag, the value and the range
 */
export function integerArgument(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < low || value > high) {
      throw new ArgumentError(`${flag} is ${quote(text)}; give an integer from ${low} to ${high}.`);
    }
    return value;
  };
}

/** A commander parser for a finite decimal number. @throws as `integerArgument` */
export function numberArgument(flag: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || value < low || value > high) {
      throw new ArgumentError(`${flag} is ${quote(text)}; give a number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** A commander parser for a flag that may be repeated. */
export function repeated(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** A commander parser for ids that are separated by commas, in a flag that may be repeated; empty parts add nothing. */
export function idList(value: string, before: readonly string[] = []): string[] {
  return [...before, ...value.split(',').filter((id) => id.trim() !== '')];
}

/**
 * A commander parser for a length of time such as `2h`, `90m` or `1h30m`.
 *
 * @returns seconds (from the parser), at least 1
 */
export function durationArgument(flag: string): (text: string) => number {
  return (text) => {
    const parts = /^(?:(\d{1,4})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$/.exec(text);
    const [, h = '0', m = '0', s = '0'] = parts ?? [];
    const seconds = 3600 * Number(h) + 60 * Number(m) + Number(s);
    // Node's timers take no more.
    if (parts === null || seconds < 1 || seconds > 2_000_000) {
      throw new ArgumentError(
        `${flag} is ${quote(text)}; give a time from 1s to 555h, such as 2h, 90m or 1h30m.`,
      );
    }
    return seconds;
  };
}

/**
 * A commander parser for a flag that must not be empty: an empty value is usually an unset variable of a script.
 *
 * @param what - what to give, such as `a folder`
 */
export function textArgument(flag: string, what: string): (text: string) => string {
  return (text) => {
    if (text === '') throw new ArgumentError(`${flag} is empty; give ${what}.`);
    return text;
  };
}
