import { z } from 'zod';

/*
 * Schemas of query parameters. Each takes the text of an address, documents what it makes of it, and has its rule as
 * message (`validation.ts`).
 */

/** A plain decimal integer in a range. */
export function integer(low: number, high: number) {
  const error = `an integer from ${low} to ${high}`;
  return z
    .string({ error })
    .regex(/^-?\d{1,16}$/, { error })
    .transform((text) => Number(text) || 0) // -0 is 0
    .pipe(z.int({ error }).min(low, { error }).max(high, { error }));
}

/** `true` or `false`. */
export function flag() {
  return z
    .enum(['true', 'false'], { error: 'true or false' })
    .transform((value) => value === 'true')
    .pipe(z.boolean());
}

/** One of two or more words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: words.join(' or ') });
}
