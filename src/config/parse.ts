/** Checking given hyper-parameters and filling in defaults. */

import { ConfigError, quote, showValue } from '../errors.js';
import {
  type ConfigOf,
  type ModelConfig,
  type ModelName,
  modelNames,
  parametersOf,
} from './models.js';
import type { ConfigParser, DataSize, Parameter } from './parameter.js';

/** A model and the hyper-parameters that are named; the others get defaults, of which some follow the data. */
export type GivenConfig = { readonly model: ModelName } & Readonly<Record<string, unknown>>;

/**
 * Checks hyper-parameters and fills in defaults.
 *
 * @param values - the values given; a `model` among them must agree with the `model` argument
 * @param source - where the values come from, for the message
 * @param data - what the values of some parameters follow where none is given; without it they get the paper's
 * @throws ConfigError naming every unknown or out-of-range parameter with its range
 */
export function parseConfig<Name extends ModelName>(
  model: Name,
  values: Record<string, unknown> = {},
  source = 'config',
  data?: DataSize,
): ConfigOf<Name> {
  requireModel(model, source);
  const parameters = parametersOf[model];
  const problems: string[] = [];
  const config: Record<string, unknown> = { model };
  for (const [name, parameter] of Object.entries(parameters)) {
    const value = values[name];
    config[name] = value === undefined ? defaultOf(parameter, config, data) : value;
    if (value === undefined || parameter.schema.safeParse(value).success) {
      const parse: ConfigParser = (inner, place) => parseNamed(inner, place, data);
      config[name] =
        parameter.complete?.(config[name], `${source}: ${name}`, parse) ?? config[name];
    } else {
      problems.push(
        `${name} is ${showValue(value)}, not ${parameter.range} (default ${JSON.stringify(parameter.default)}): ${parameter.meaning}`,
      );
    }
  }
  for (const name of Object.keys(values)) {
    if (name === 'model') {
      if (values[name] !== model) {
        problems.push(
          `model is ${quote(String(values[name]))}, but the model asked for is ${model}`,
        );
      }
    } else if (!Object.hasOwn(parameters, name)) {
      const known = Object.keys(parameters).join(', ') || 'none';
      problems.push(`${quote(name)} is not a hyper-parameter of ${model}; it has: ${known}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(`${source}: ${problems.join('; ')}`);
  return config as ConfigOf<Name>;
}

/** A configuration, completed for the data that it is trained on. @throws ConfigError as `parseConfig` */
export function completeConfig<Name extends ModelName>(
  given: GivenConfig & { readonly model: Name },
  data: DataSize,
): ConfigOf<Name> {
  return parseConfig(given.model, { ...given }, 'hyper-parameters', data);
}

function defaultOf(
  { fromData, default: fallback }: Parameter<unknown>,
  config: Readonly<Record<string, unknown>>,
  data: DataSize | undefined,
): unknown {
  return fromData === undefined || data === undefined ? fallback : fromData.value(data, config);
}

/** Parses a configuration that names its model itself. */
function parseNamed(
  config: { readonly model: string },
  source: string,
  data: DataSize | undefined,
): ModelConfig {
  requireModel(config.model, source);
  return parseConfig<ModelName>(config.model, { ...config }, source, data);
}

/** @throws ConfigError for a name of no model */
function requireModel(model: string, source: string): asserts model is ModelName {
  if (modelNames.some((name) => name === model)) return;
  throw new ConfigError(
    `${source}: model is ${quote(model)}; it must be one of ${modelNames.join(', ')}`,
  );
}

/**
 * Reads `name=value`, the form that `--set` takes. A value that is not JSON is a string.
 *
 * @throws ConfigError when there is no `=`
 */
export function parseAssignment(text: string): [name: string, value: unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new ConfigError(`--set ${quote(text)}: write it as name=value`);
  const value = text.slice(at + 1);
  try {
    return [text.slice(0, at), JSON.parse(value)];
  } catch {
    return [text.slice(0, at), value];
  }
}
