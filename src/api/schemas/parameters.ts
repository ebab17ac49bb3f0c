/**
 * Schemas of query parameters and of body fields.
 *
 * The message of each schema is its rule, which completes the sentence `n is "0"; give …` (`validation.ts`). Schemas of
 * a query take text and document the value that they turn it into.
 */

import { z } from 'zod';
import { idRule, isUnicode, maxIdLength, unicodeRule } from '../../data/ids.js';

/** The years that a filter may name, and an item may have. */
export const minYear = 0;
export const maxYear = 9999;

/** The kinds of value that a query and a body write differently. */
export interface FieldKinds {
  integer(low: number, high: number): z.ZodType<number>;
  /** A number from 0 to 1. */
  fraction(): z.ZodType<number>;
  flag(): z.ZodType<boolean>;
  /** @param max - how many at most; a query needs no limit, since its length is limited */
  texts(max: number): z.ZodType<string[]>;
  /** Texts without commas. */
  ids(max: number): z.ZodType<string[]>;
  /** Names of fields, or `*`. */
  names(): z.ZodType<string[]>;
  /** How to write several texts, after a description. */
  readonly howTexts: string;
  readonly howIds: string;
}

/** Fields of a JSON body. */
export const bodyFields: FieldKinds = {
  integer: integerField,
  fraction: fractionField,
  flag: () =>
    z.boolean({
      error: ({ input }) =>
        typeof input === 'string' ? 'true or false, without quotes' : 'true or false',
    }),
  texts: textsField,
  ids: idsField,
  names: () =>
    z
      .union([z.string(), z.array(z.string())], { error: namesRule })
      .transform((given) => [given].flat().flatMap(namesIn))
      .pipe(z.array(text(), { error: namesRule })),
  howTexts: '',
  howIds: '',
};

/** Parameters of a query. */
export const queryFields: FieldKinds = {
  integer,
  fraction,
  flag,
  texts,
  ids,
  names: fieldNames,
  howTexts: '; repeatable',
  howIds: '; repeatable, or separated by commas',
};

/** A parameter: a plain decimal integer in a range. */
export function integer(low: number, high: number) {
  const field = integerField(low, high);
  const error = `an integer from ${low} to ${high}`;
  return z
    .string({ error })
    .regex(/^-?\d{1,16}$/, { error })
    .transform((text) => Number(text) || 0) // -0 is 0
    .pipe(field);
}

/** A field: an integer in a range. */
function integerField(low: number, high: number) {
  const error = `an integer from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
}

/** A field: a number from 0 to 1. */
function fractionField() {
  const error = 'a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
}

/** A parameter: a plain decimal number from 0 to 1. */
function fraction() {
  const error = 'a number from 0 to 1';
  return z
    .string({ error })
    .regex(/^(0|1|0?\.\d{1,15}|[01]\.\d{0,15})$/, { error })
    .transform(Number)
    .pipe(fractionField());
}

/** A parameter: `true` or `false`. */
export function flag() {
  return z
    .enum(['true', 'false'], { error: 'true or false' })
    .transform((value) => value === 'true')
    .pipe(z.boolean());
}

/** A parameter or a field: one of two or more words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  const rule = words.join(' or ');
  return z.enum(words, {
    error: ({ input }) => (typeof input === 'string' ? rule : `a string: ${rule}`),
  });
}

/**
 * A parameter or a field: a genre, a run or the key of an event.
 *
 * @param options - `orNull`: whether the rule says that null is allowed too
 */
export function text(max = maxIdLength, { orNull = false }: { readonly orNull?: boolean } = {}) {
  const error = `a string of 1 to ${max} characters, without NUL${orNull ? ', or null for none' : ''}`;
  return z
    .string({ error })
    .regex(new RegExp(`^[^\\0]{1,${max}}$`, 'u'), { error })
    .refine(isUnicode, { error: unicodeRule });
}

/** A parameter or a field: a text that may be empty. */
export function atMost(max: number) {
  const error = `a string of at most ${max} characters`;
  return z.string({ error }).max(max, { error }).refine(isUnicode, { error: unicodeRule });
}

/**
 * A field: the id of a user or item. It is checked no further here: a home of an older version may hold ids that are
 * none by today's rule, so `userIdOf`, `itemIdOf` and `KnownItems.idsOf` look whether this one is stored.
 */
export function idField() {
  return z.string({ error: idRule }).min(1, { error: idRule });
}

/** A field: a list of texts. */
function textsField(max: number) {
  const error = `a list of at most ${max} strings`;
  return z.array(text(), { error }).max(max, { error });
}

/** A field: a list of ids. */
export function idsField(max: number) {
  const error = `a list of at most ${max} strings`;
  return z.array(idField(), { error }).max(max, { error });
}

/** A parameter that may be repeated. An empty one adds nothing: it is usually an empty field of a form. */
export function texts() {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().filter((part) => part !== ''))
    .pipe(z.array(text()));
}

/** A parameter that may be repeated, and hold several ids separated by commas. Empty parts add nothing. */
function ids() {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) =>
      [given]
        .flat()
        .flatMap((part) => part.split(','))
        .filter((part) => part.trim() !== ''),
    )
    .pipe(z.array(idField()));
}

const namesRule = 'a list of names of fields, or "*"';

/** A parameter: names of fields, separated by commas, or `*`; repeatable. */
export function fieldNames() {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap(namesIn))
    .pipe(z.array(text()));
}

function namesIn(given: string): string[] {
  return given
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** A parameter or a field: a filter by fields. */
export function where() {
  return atMost(2000).describe(
    'items that fit, such as price<20 and in_stock; docs/api.md has the grammar',
  );
}
