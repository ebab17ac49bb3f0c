/** Finds what separates the fields of a text table, by its first lines. */
import { type Delimiter, delimiters, isQuoting } from './delimiters.js';
import { fieldsOf } from './fields.js';

/** What helps to find a delimiter. */
export interface DelimiterFacts {
  /** Whether `"` quotes a field. Default: as the delimiter has it. */
  readonly quotes: boolean | undefined;
  /** Whether fields are names of columns that are looked for. */
  readonly isHeader: (fields: readonly string[]) => boolean;
}

/** The first lines, cut at one delimiter. */
interface Reading {
  readonly delimiter: Delimiter;
  readonly first: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Whether most rows have as many fields as the first line. */
  readonly isSteady: boolean;
}

/**
 * The delimiters that the first lines of a file may have: those that cut the first line into names of columns, else
 * those that cut most lines into as many fields as the first.
 *
 * @param lines - lines that are not blank; the first one is a header or a row
 * @returns one where there is no doubt, none where the first line has no delimiter
 */
export function detectDelimiter(lines: readonly Buffer[], facts: DelimiterFacts): Delimiter[] {
  const readings = delimiters.flatMap((delimiter) => readingOf(lines, delimiter, facts) ?? []);
  const headers = readings.filter(({ first }) => facts.isHeader(first));
  const named = headers.length === 0 ? readings : headers;
  const steady = named.filter(({ isSteady }) => isSteady);
  const left = withoutLesser(steady.length === 0 ? named : steady);
  return left.map(({ delimiter }) => delimiter);
}

function readingOf(
  lines: readonly Buffer[],
  delimiter: Delimiter,
  { quotes }: DelimiterFacts,
): Reading | null {
  const quoted = quotes ?? isQuoting(delimiter);
  const format = { delimiter, quoted, encoding: 'utf8' } as const;
  const [first] = fieldsOf(lines.slice(0, 1), format);
  if (first === undefined || first === null || first.length < 2) return null;
  // A line that is no record is part of one with quoted line breaks.
  const whole = fieldsOf(lines.slice(1), format).filter((row) => row !== null);
  const alike = whole.filter((row) => row.length === first.length).length;
  return { delimiter, first, rows: whole, isSteady: 2 * alike >= whole.length };
}

/** Without the delimiters that rather belong to the fields of another one. */
function withoutLesser(readings: readonly Reading[]): readonly Reading[] {
  const of = (delimiter: Delimiter) => readings.filter((one) => one.delimiter === delimiter);
  // Fields of people's texts hold commas and blanks, but no tabs.
  if (of('\t').length > 0) return of('\t');
  const decimals = readings.filter((one) => one.delimiter !== ',' && holdsDecimalCommas(one));
  if (decimals.length > 0) {
    return decimals.some(({ delimiter }) => delimiter !== ' ')
      ? decimals.filter(({ delimiter }) => delimiter !== ' ')
      : readings;
  }
  const others = readings.filter(({ delimiter }) => delimiter !== ' ');
  return others.length > 0 ? others : readings;
}

/** Whether every comma is that of a number, and most fields have none. */
function holdsDecimalCommas({ first, rows }: Reading): boolean {
  const fields = [...first, ...rows.flat()];
  const withComma = fields.filter((field) => field.includes(','));
  return (
    2 * withComma.length < fields.length &&
    withComma.every((field) => /^\s*[+-]?\d*,\d+\s*$/.test(field))
  );
}
