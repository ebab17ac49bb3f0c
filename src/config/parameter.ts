/** The description of one hyper-parameter: its allowed values, its default, its meaning and where a search looks. */

import { z } from 'zod';

/** One hyper-parameter: what it may be, what it is unless said otherwise, and what it means. */
export interface Parameter<T> {
  readonly schema: z.ZodType<T>;
  /** The allowed values in words, for messages and `--help`. */
  readonly range: string;
  /** The paper's value where the paper has one. */
  readonly default: T;
  readonly meaning: string;
  /** Where `multvae tune` looks; without it, the value stays as it is. */
  readonly search?: SearchRange;
  /** What a value stands for once defaults are filled in; throws a ConfigError where it stands for nothing. */
  readonly complete?: (value: unknown, source: string) => T;
}

/** Where a search looks for a hyper-parameter's value, and how likely it looks where. */
export type SearchRange =
  /** Equally likely in every part of the same length; `log-uniform`: of the same ratio. */
  | {
      readonly kind: 'uniform' | 'log-uniform' | 'log-uniform integer';
      readonly low: number;
      readonly high: number;
    }
  | { readonly kind: 'choice'; readonly values: readonly unknown[] }
  /** Not drawn: what a trial gets little of until it has shown promise. */
  | { readonly kind: 'budget' };

/** The same parameter with a range for `multvae tune`. */
export function searched<T>(parameter: Parameter<T>, search: SearchRange): Parameter<T> {
  return { ...parameter, search };
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
