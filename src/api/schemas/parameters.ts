/**
 * Schemas of query parameters and of body fields.
 *
 * The message of each schema is its rule, which completes the sentence `n is "0"; give …` (`validation.ts`). Schemas of
 * a query take text and document the value that they turn it into.
 */

import { z } from 'zod';

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
  /** How to write several texts, after a description. */
  readonly howTexts: string;
  readonly howIds: string;
}

/** Fields of a JSON body. */
export const bodyFields: FieldKinds = {
  integer: integerField,
  fraction: fractionField,
  flag: () => z.boolean({ error: 'true or false' }),
  texts: textsField,
  ids: textsField,
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
  howTexts: '; repeatable',
  howIds: '; repeatable, or separated by commas',
};

/** A parameter: a plain decimal integer in a range. */
export function integer(low: number, high: number) {
  const field = integerField(low, high);
  return z
    .string()
    .regex(/^-?\d{1,16}$/, { error: `an integer from ${low} to ${high}` })
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
  return z
    .string()
    .regex(/^(0|1|0?\.\d{1,15}|[01]\.\d{0,15})$/, { error: 'a number from 0 to 1' })
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
  return z.enum(words, { error: words.join(' or ') });
}

/** A parameter or a field: the id of a user, an item or an event, or a genre, as the import accepts them. */
export function text(max = 500) {
  const error = `a text of 1 to ${max} characters`;
  return z
    .string({ error })
    .min(1, { error })
    .max(max, { error })
    .regex(/^[^\0]*$/, { error: 'a text without NUL' });
}

/** A field: a list of texts. */
export function textsField(max: number) {
  const error = `a list of at most ${max} texts`;
  return z.array(text(), { error }).max(max, { error });
}

/** A parameter that may be repeated. */
export function texts() {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat())
    .pipe(z.array(text()));
}

/** A parameter that may be repeated, and hold several ids separated by commas. */
function ids() {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((part) => part.split(',')))
    .pipe(z.array(text()));
}
