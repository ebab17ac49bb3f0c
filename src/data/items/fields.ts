/** What a shop says of its items beyond title, genres and year: named values, of one type for each name. */
import { ArgumentError, quote, showValue } from '../../errors.js';
import { dateIn } from '../files/values/dates.js';
import { isUnicode } from '../ids.js';

/** The types of fields. A date is a text in the form of ISO 8601. */
export const fieldTypes = ['number', 'text', 'boolean', 'date', 'list'] as const;

/** The type of a field, the same for every item. */
export type FieldType = (typeof fieldTypes)[number];

/** One value of a list. */
export type ListEntry = string | number | boolean;

/** The value of a field of one item. */
export type FieldValue = string | number | boolean | readonly ListEntry[];

/** The fields of one item by name; a field without a value is absent. */
export type ItemFields = Readonly<Record<string, FieldValue>>;

/** A field that some item has. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
}

const maxNameLength = 100;
const maxTextLength = 20_000;
const maxEntries = 1000;

/** What a field's name is, to complete a sentence that ends with "give". */
export const fieldNameRule = `a name of 1 to ${maxNameLength} characters, without control characters and without blanks around it`;

/** Whether a text can name a field. */
export function isFieldName(name: string): boolean {
  return name.length <= maxNameLength && /^(?!\s)[^\p{Cc}\p{Cs}]+(?<!\s)$/u.test(name);
}

/** The milliseconds since 1970 of a date, or of a date and time, with its year first; NaN for another text. */
export function dateOf(text: string): number {
  return 1000 * (dateIn(text)?.seconds ?? Number.NaN);
}

/** The type that a value has where nothing else is known of its field. */
export function typeOf(value: FieldValue): FieldType {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return Number.isNaN(dateOf(value)) ? 'text' : 'date';
  return 'list';
}

/** The type that holds the values of two: itself for equal ones, a list for texts and lists, else text. */
export function widerType(a: FieldType, b: FieldType): FieldType {
  if (a === b) return a;
  const isListed = (type: FieldType) => type === 'list' || type === 'text';
  return isListed(a) && isListed(b) ? 'list' : 'text';
}

/** The value as a field of this type holds it; null where it has none. */
export function valueAs(value: FieldValue, type: FieldType): FieldValue | null {
  switch (type) {
    case 'text':
      return typeof value === 'object' ? value.join('|') : String(value);
    case 'list':
      return typeof value === 'object' ? value : [value];
    case 'date':
      return typeof value === 'string' && !Number.isNaN(dateOf(value)) ? value : null;
    default:
      return typeof value === type ? value : null;
  }
}

/**
 * The fields that a caller gives; a field that is null is to be removed.
 *
 * @throws ArgumentError naming the field, the rule and the value
 */
export function readFields(given: unknown): Record<string, FieldValue | null> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ArgumentError(`fields is ${showValue(given)}; give an object of names and values`);
  }
  const entries = Object.entries(given).map(([name, value]) => {
    if (!isFieldName(name)) {
      throw new ArgumentError(`fields has the name ${quote(name)}; give ${fieldNameRule}`);
    }
    return [name, value === null ? null : readValue(name, value)] as const;
  });
  return Object.fromEntries(entries);
}

function readValue(name: string, value: unknown): FieldValue {
  if (isEntry(value)) return value;
  if (Array.isArray(value) && value.length <= maxEntries && value.every(isEntry)) return value;
  throw new ArgumentError(
    `fields.${name} is ${showValue(value)}; give a number, true or false, a text of at most ${maxTextLength} characters, or a list of at most ${maxEntries} of these`,
  );
}

function isEntry(value: unknown): value is ListEntry {
  if (typeof value === 'string') return value.length <= maxTextLength && isUnicode(value);
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
