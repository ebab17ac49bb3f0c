import type { z } from 'zod';
import { ArgumentError, quote, showValue } from '../../errors.js';

/*
 * The message of every schema here completes the sentence "n is "0"; give …", so a schema says its own rule once
 * (`parameters.ts` makes such schemas).
 */

/**
 * Reads the query of an address.
 *
 * @throws ArgumentError naming every parameter that is unknown, repeated or out of range, with its rule
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
      return `${quote(name)} is no parameter of this address; it has ${names.join(', ') || 'none'}`;
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

/** So many faults of a body are named at most. */
const namedFaults = 5;

/**
 * Reads a JSON body.
 *
 * @throws ArgumentError naming the first fields that are wrong, with their values and rules
 */
export function checkBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .flatMap(withinUnion)
    .slice(0, namedFaults)
    .map((issue) => wrongField(body, issue));
  throw new ArgumentError(faults.join('; '));
}

/** What is wrong with the alternative that the body seems to mean: that with the fewest fields unknown to it. */
function withinUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const foreign = (issues: readonly z.core.$ZodIssue[]) =>
    issues.flatMap((inner) => (inner.code === 'unrecognized_keys' ? inner.keys : [])).length;
  const [meant = []] = issue.errors.toSorted((a, b) => foreign(a) - foreign(b));
  return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

function wrongField(body: unknown, issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `${issue.keys.map(quote).join(', ')} in ${fieldName(issue.path)} is no field of this body`;
  }
  const value = valueAt(body, issue.path);
  const name = fieldName(issue.path);
  if (value === undefined) return `${name} is missing; give ${issue.message}`;
  return `${name} is ${showValue(value)}; give ${issue.message}`;
}

/** `events[3].key`; `the body` for the whole. */
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
