/** The description of one hyper-parameter: allowed values, default, meaning and search range. */

import { z } from 'zod';

/** What is known of the data before a training; some values follow it. */
export interface DataSize {
  readonly trainingUsers: number;
}

/** How a value follows the data where a configuration does not name it. */
export interface DataRule<T> {
  /** In words, for `--help`. */
  readonly meaning: string;
  /** @param config - the parameters that come before this one, complete */
  readonly value: (data: DataSize, config: Readonly<Record<string, unknown>>) => T;
}

/** One hyper-parameter: its allowed values, its default and its meaning. */
export interface Parameter<T> {
  readonly schema: z.ZodType<T>;
  /** The allowed values in words, for messages and `--help`. */
  readonly range: string;
  /** The paper's value where the paper has one. */
  readonly default: T;
  /** The value where none is given and the data are known; without it, the default. */
  readonly fromData?: DataRule<T>;
  readonly meaning: string;
  /** The values that `multvae tune` tries; without it, a search leaves the value unchanged. */
  readonly search?: SearchRange;
  /** Fills in the defaults inside a value; throws a ConfigError when the value is wrong. */
  readonly complete?: (value: unknown, source: string, parse: ConfigParser) => T;
}

/**
 * Checks a model's configuration and fills in its defaults; `complete` gets one for values that contain
 * configurations.
 *
 * @param source - where the configuration comes from, for the message
 * @throws ConfigError
 */
export type ConfigParser = (config: { readonly model: string }, source: string) => unknown;

/** The values that a search tries for a hyper-parameter, and how likely each is. */
export type SearchRange =
  /** `uniform`: parts of equal length are equally likely; `log-uniform`: parts of equal ratio are. */
  | {
      readonly kind: 'uniform' | 'log-uniform' | 'log-uniform integer';
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'choice'; readonly values: readonly unknown[] }
  /** Not drawn: every trial starts with a small part of it, and promising trials get more. */
  | { readonly kind: 'budget' };

/** The same parameter with a range for `multvae tune`. */
export function searched<T>(parameter: Parameter<T>, search: SearchRange): Parameter<T> {
  return { ...parameter, search };
}

/** The same parameter with a value that follows the data where none is given. */
export function following<T>(parameter: Parameter<T>, fromData: DataRule<T>): Parameter<T> {
  return { ...parameter, fromData };
}

export function between(
  kind: 'uniform' | 'log-uniform' | 'log-uniform integer',
  low: number,
  high: number,
) {
  return { kind, low, high } as const;
}

export function oneOf(...values: readonly unknown[]) {
  return { kind: 'choice', values } as const;
}

export type ParameterTable = Record<string, Parameter<unknown>>;

export function integer(
  low: number,
  high: number,
  fallback: number,
  meaning: string,
): Parameter<number> {
  return {
    schema: z.int().min(low).max(high),
    range: `an integer from ${low} to ${high}`,
    default: fallback,
    meaning,
  };
}

export function real(
  low: number,
  high: number,
  fallback: number,
  meaning: string,
): Parameter<number> {
  return {
    schema: z.number().min(low).max(high),
    range: `a number from ${low} to ${high}`,
    default: fallback,
    meaning,
  };
}
