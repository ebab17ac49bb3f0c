/**
 * Checks queries and bodies, and says what is wrong with them.
 *
 * The message of a schema completes the sentence `n is "0"; give …`, so each schema states its rule once
 * (`parameters.ts` makes such schemas).
 */

import type { z } from 'zod';
import { ArgumentError, quote, showValue } from '../../errors.js';

/**
 * Checks and parses a query.
 *
 * @throws ArgumentError naming every unknown, repeated or wrong parameter, with its rule
 */
export function checkQuery<Schema extends z.ZodObject>(
  schema: Schema,
  query: Readonly<Record<string, unknown>>,
): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const names = Object.keys(schema.shape);
  const given = Object.keys(query).flatMap((name) => {
    if (!names.includes(name)) {
      return `${quote(name)} is not a parameter here; give ${names.length === 0 ? 'none' : `one of ${names.join(', ')}`}`;
    }
    const issue = parsed.error.issues.find(({ path }) => path[0] === name);
    return issue === undefined ? [] : wrongParameter(name, query[name], issue);
  });
  const absent = parsed.error.issues
    .filter(({ path }) => path[0] !== undefined && !Object.hasOwn(query, path[0]))
    .map(({ path, message }) => `${String(path[0])} is missing; give ${message}`);
  throw new ArgumentError([...given, ...absent].join('; '));
}

function wrongParameter(name: string, value: unknown, issue: z.core.$ZodIssue): string {
  if (!Array.isArray(value)) return `${name} is ${quote(String(value))}; give ${issue.message}`;
  const place = issue.path[1];
  if (typeof place !== 'number') return `${name} is given ${value.length} times; give it once`;
  return `${name} is ${quote(String(value[place] ?? value))}; give ${issue.message}`;
}

/** A message names at most this many faults of a body. */
const maxNamedFaults = 5;

/**
 * Checks a JSON body.
 *
 * @param lines - of a list that came as JSON lines: the number of each value's line
 * @throws ArgumentError naming the first wrong fields, with their values and rules
 */
export function checkBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  lines: readonly number[] | null = null,
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .flatMap(withinUnion)
    .slice(0, maxNamedFaults)
    .map((issue) => wrongField(body, issue, lines));
  throw new ArgumentError(faults.join('; '));
}

/** What zod says of a union that has no rule of its own. */
const noRule = 'Invalid input';

/**
 * The faults of the alternative that the body seems to mean: one of the body's type, and of those the one with the
 * fewest unknown fields. A value of none of the types breaks the rule of the union, where it has one.
 */
function withinUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const foreign = (issues: readonly z.core.$ZodIssue[]) =>
    issues.flatMap((inner) => (inner.code === 'unrecognized_keys' ? inner.keys : [])).length;
  const isOtherType = (issues: readonly z.core.$ZodIssue[]) =>
    issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
  if (issue.message !== noRule && issue.errors.every(isOtherType)) return [issue];
  const [meant = []] = issue.errors.toSorted(
    (a, b) => Number(isOtherType(a)) - Number(isOtherType(b)) || foreign(a) - foreign(b),
  );
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function wrongField(
  body: unknown,
  issue: z.core.$ZodIssue,
  lines: readonly number[] | null,
): string {
  const name = placeInBody(issue.path, lines);
  if (issue.code === 'unrecognized_keys') {
    return `${issue.keys.map(quote).join(', ')} in ${name} is not a field of this body`;
  }
  const value = valueAt(body, issue.path);
  if (value === undefined) return `${name} is missing; give ${issue.message}`;
  return `${name} is ${showValue(value)}; give ${issue.message}`;
}

/** Where a value stands in a body: such as `title in line 7` for JSON lines, else such as `events[3].key`. */
export function placeInBody(path: readonly PropertyKey[], lines: readonly number[] | null): string {
  const [first, ...rest] = path;
  const line = typeof first === 'number' ? lines?.[first] : undefined;
  if (line === undefined) return fieldName(path);
  return rest.length === 0 ? `line ${line}` : `${fieldName(rest)} in line ${line}`;
}

/** Such as `events[3].key`; `the body` for the whole body. */
function fieldName(path: readonly PropertyKey[]): string {
  const name = path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : `${text}${text && '.'}${String(part)}`,
    '',
  );
  return name || 'the body';
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    body,
  );
}
