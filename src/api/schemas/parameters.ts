import { z } from 'zod';

/*
 * Schemas of parameters and of fields of bodies. Each has its rule as message, which completes "n is "0"; give …"
 * (`validation.ts`). Those of a query take text, and document what they make of it.
 */

/** A field: an integer in a range. */
export function integerField(low: number, high: number) {
  const error = `an integer from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
}

/** A parameter: a plain decimal integer in a range. */
export function integer(low: number, high: number) {
  const field = integerField(low, high);
  return z
    .string()
    .regex(/^-?\d{1,16}$/, { error: `an integer from ${low} to ${high}` })
    .transform((text) => Number(text) || 0) // -0 is 0
    .pipe(field);
}

/** A field: a number from 0 to 1. */
export function fractionField() {
  const error = 'a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
}

/** A parameter: a plain decimal number from 0 to 1. */
export function fraction() {
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

/** A user's, an item's or an event's id, and a genre: as importing takes them. */
export function text(most = 500) {
  const error = `a text of 1 to ${most} characters`;
  return z
    .string({ error })
    .min(1, { error })
    .max(most, { error })
    .regex(/^[^\0]*$/, { error: 'a text without NUL' });
}

/** A field: a list of texts. */
export function textsField(most: number) {
  const error = `a list of at most ${most} texts`;
  return z.array(text(), { error }).max(most, { error });
}

/** A parameter that may be repeated. */
export function texts() {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat())
    .pipe(z.array(text()));
}

/** A parameter that may be repeated, and hold several ids separated by commas. */
export function ids() {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((part) => part.split(',')))
    .pipe(z.array(text()));
}
