/** Reads and writes JSON lines. */
import type { z } from 'zod';
import { RunError } from '../errors.js';

/** Writes one JSON value a line. Every string survives, even with line breaks or lone surrogates. */
export function encodeLines(values: Iterable<unknown>): string {
  let text = '';
  for (const value of values) text += `${JSON.stringify(value)}\n`;
  return text;
}

/**
 * Reads what `encodeLines` wrote.
 *
 * @param source - the file's name, for messages
 * @throws RunError naming the file and the line that is not JSON or does not fit the schema
 */
export function decodeLines<T>(text: string, source: string, schema: z.ZodType<T>): T[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new RunError(`${source}: the last line has no end; it is cut off`);
  return lines.map((line, index) => decodeJson(line, `${source}, line ${index + 1}`, schema));
}

/**
 * Parses JSON and checks it against a schema.
 *
 * @throws RunError naming `source` and the first field that does not fit
 */
export function decodeJson<T>(text: string, source: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RunError(`${source}: this is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new RunError(`${source}, field ${issue.path.join('.') || '(the whole)'}: ${issue.message}`);
}
