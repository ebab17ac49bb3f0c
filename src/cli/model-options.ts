/** Flags that choose a model, its hyper-parameters, and when its run is activated. */

import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { type ModelName, modelNames } from '../config/models.js';
import { type GivenConfig, parseAssignment, parseConfig } from '../config/parse.js';
import { ArgumentError, ConfigError, quote } from '../errors.js';
import { type ActivationPolicy, activationPolicies } from '../home/training/activation.js';
import { namedFileError } from '../storage/faults.js';
import { dash, integerArgument, textArgument } from './arguments.js';
import { readStandardInput } from './standard-streams.js';

/** The flags that name hyper-parameters. */
export interface ModelFlags {
  readonly model?: string;
  readonly config?: string;
  readonly set: readonly string[];
  readonly seed?: number;
}

/** A file of hyper-parameters. */
export function configOption(): Option {
  return new Option(
    '--config <file>',
    'file with the hyper-parameters, a JSON object; - is stdin',
  ).argParser(textArgument('--config', 'a file'));
}

/** The flag `--set`, which may be repeated. */
export function setOption(meaning: string): Option {
  return new Option('--set <name=value>', meaning)
    .argParser((text: string, before: string[]) => [...before, text])
    .default([], 'none');
}

/** The hyper-parameter `seed`. */
export function seedOption(): Option {
  return new Option(
    '--seed <n>',
    'seed of the training alone (the hyper-parameter seed)',
  ).argParser(integerArgument('--seed', 0, 2 ** 32 - 1));
}

/** When a trained run becomes the one that is served. */
export function activateOption(usual: ActivationPolicy): Option {
  return new Option(
    '--activate <when>',
    'make the run the one that is served: always; if-better, unless it is worse than the active run or not better than popularity on test users; or never',
  )
    .choices(activationPolicies)
    .default(usual);
}

/** The hyper-parameters that flags and file name. */
export interface GivenParameters {
  /** Null when neither a flag nor the file names one. */
  readonly model: ModelName | null;
  readonly values: Record<string, unknown>;
  readonly source: string;
}

/** The hyper-parameters of `--config`, `--set` and `--seed`; a later one overrides. */
export async function givenParameters(flags: ModelFlags): Promise<GivenParameters> {
  const values: Record<string, unknown> = {
    ...(flags.config !== undefined && (await readConfigFile(flags.config))),
    ...Object.fromEntries(flags.set.map(parseAssignment)),
    ...(flags.seed !== undefined && { seed: flags.seed }),
  };
  const named = flags.model ?? values.model;
  if (named === undefined) return { model: null, values, source: sourceOf(flags) };
  const model = modelNames.find((known) => known === named);
  if (model === undefined) {
    throw new ArgumentError(
      `the model is ${quote(String(named))}; it must be one of ${modelNames.join(', ')}`,
    );
  }
  return { model, values, source: sourceOf(flags) };
}

/** The configuration that was named, once it is checked. @throws ConfigError */
export function checkedConfig({ model, values, source }: GivenParameters): GivenConfig {
  const name: ModelName = model ?? 'mult-vae';
  parseConfig<ModelName>(name, values, source);
  return { ...values, model: name };
}

function sourceOf(flags: Pick<ModelFlags, 'config'>): string {
  return flags.config ?? 'hyper-parameters';
}

/** @throws ConfigError when the file cannot be read or is no JSON object */
async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  let value: unknown;
  const name = path === dash ? '- (standard input)' : path;
  try {
    value = JSON.parse(path === dash ? await readStandardInput() : readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined) {
      const told = namedFileError(`--config ${path} cannot be read`, error);
      throw told instanceof ArgumentError ? new ConfigError(told.message, { cause: error }) : told;
    }
    throw new ConfigError(
      `--config ${name} is not JSON: ${message.replaceAll(/\s+/g, ' ')}; give a file with one object, such as {"epochs": 50}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError(`--config ${name} must hold one JSON object of hyper-parameters`);
  }
  return { ...value };
}
