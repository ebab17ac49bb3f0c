/** The values of a Parquet file as texts. */
import type { ParquetParsers, SchemaElement } from 'hyparquet';

/** Dates and times as ISO 8601, with the fractions that the file has. */
export const timesAsText: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => isoText(millis, 1_000n),
  timestampFromMicroseconds: (micros) => isoText(micros, 1_000_000n),
  timestampFromNanoseconds: (nanos) => isoText(nanos, 1_000_000_000n),
  // Stryker disable next-line OptionalChaining: there is a text, because there are days.
  dateFromDays: (days) => isoText(BigInt(days) * 86_400n, 1n)?.slice(0, 10),
};

/** @param perSecond - how many of the units are a second; a power of ten */
function isoText(units: bigint | null | undefined, perSecond: bigint): string | undefined {
  if (units === null || units === undefined) return undefined;
  let seconds = units / perSecond;
  let rest = units % perSecond;
  if (rest < 0n) {
    rest += perSecond;
    seconds -= 1n;
  }
  const date = new Date(Number(seconds) * 1000);
  // Beyond the calendar of JavaScript; the import refuses the number as a time.
  if (Number.isNaN(date.getTime())) return String(seconds);
  const digits = String(perSecond).length - 1;
  const fraction = rest === 0n ? '' : `.${String(rest).padStart(digits, '0')}`;
  return `${date.toISOString().slice(0, -5)}${fraction}Z`;
}

/** Decimal numbers of more digits than a double holds are read as the integers that are stored. */
export function withExactDecimals(schema: SchemaElement[]): SchemaElement[] {
  return schema.map((element) => {
    if (!isExactDecimal(element)) return element;
    const { converted_type: _, logical_type: __, ...stored } = element;
    return stored;
  });
}

function isExactDecimal({ type, converted_type, logical_type }: SchemaElement): boolean {
  const isDecimal = converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL';
  return isDecimal && type !== 'BYTE_ARRAY';
}

/** Turns the values of a column into texts. */
export type ValueText = (value: unknown) => string | null;

/**
 * Gives the function that turns a column's values into texts: an empty one for a value that is missing, and null for
 * one that is no text and no number.
 *
 * @param element - the column, as the file declares it
 */
export function textOfColumn(element: SchemaElement): ValueText {
  if (!isExactDecimal(element)) return valueText;
  const { logical_type: logical } = element;
  const scale = element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0);
  return (value) => {
    if (value === null || value === undefined) return '';
    if (value instanceof Uint8Array) return decimalText(integerOf(value), scale);
    if (typeof value !== 'number' && typeof value !== 'bigint') return null;
    return decimalText(BigInt(value), scale);
  };
}

function valueText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return String(value);
  // pandas writes NaN for a number that is missing.
  if (typeof value === 'number') return Number.isNaN(value) ? '' : String(value);
  return value === null || value === undefined ? '' : null;
}

function decimalText(value: bigint, scale: number): string {
  if (scale <= 0) return String(value);
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  const fraction = digits.slice(-scale).replace(/0+$/, '');
  const whole = `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}`;
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** The integer of bytes in two's complement, the highest byte first. */
function integerOf(bytes: Uint8Array): bigint {
  const value = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, value);
}
