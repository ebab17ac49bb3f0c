/** Finds the types of a file's fields from all their values, and turns the values into these types. */
import { dateOf, type FieldType, type FieldValue, valueAs } from './fields.js';

/** The longest part of a list; longer texts with a bar in them are prose. */
const maxPartLength = 48;

/** What the values of one field have been so far. */
interface Evidence {
  values: number;
  numbers: number;
  booleans: number;
  dates: number;
  /** Values that hold more than one entry. */
  lists: number;
  /** Whether each value could be an entry of a list, or several. */
  isListable: boolean;
}

/** The types of the fields of one file, which all its values decide. */
export class FieldTyping {
  readonly #evidence = new Map<string, Evidence>();

  /** Takes note of the fields of one item. */
  observe(fields: Readonly<Record<string, FieldValue>>): void {
    for (const [name, value] of Object.entries(fields)) {
      let seen = this.#evidence.get(name);
      if (seen === undefined) {
        seen = { values: 0, numbers: 0, booleans: 0, dates: 0, lists: 0, isListable: true };
        this.#evidence.set(name, seen);
      }
      note(seen, value);
    }
  }

  /** The type of each field, in the order of their first values. */
  types(): ReadonlyMap<string, FieldType> {
    return new Map(Array.from(this.#evidence, ([name, seen]) => [name, typeOf(seen)]));
  }
}

function note(seen: Evidence, value: FieldValue): void {
  seen.values++;
  if (typeof value === 'number') seen.numbers++;
  else if (typeof value === 'boolean') seen.booleans++;
  else if (typeof value === 'object') seen.lists++;
  else {
    if (!Number.isNaN(numberOf(value))) seen.numbers++;
    else if (booleanOf(value) !== null) seen.booleans++;
    else if (!Number.isNaN(dateOf(value))) seen.dates++;
    const parts = partsOf(value);
    if (parts === null) seen.isListable = false;
    else if (parts.length > 1 || value.startsWith('[')) seen.lists++;
  }
}

function typeOf({ values, numbers, booleans, dates, lists, isListable }: Evidence): FieldType {
  if (numbers === values) return 'number';
  if (booleans === values) return 'boolean';
  if (dates === values) return 'date';
  return lists > 0 && isListable ? 'list' : 'text';
}

/** A file's value as its field holds it, whatever the file's own type of the field was. */
export function typed(value: FieldValue, type: FieldType): FieldValue {
  if (typeof value === 'string') {
    if (type === 'number') return numberOf(value);
    if (type === 'boolean') return booleanOf(value)!;
    if (type === 'list') return partsOf(value) ?? [value];
  }
  // Every value of a file fits the type that all of them decided, or is a text.
  return valueAs(value, type)!;
}

/** The number that a text is; NaN for another text, such as an id with leading zeros. */
function numberOf(text: string): number {
  // More digits than a number keeps exactly are those of an id.
  if (text.replace(/\D/g, '').length > 15) return Number.NaN;
  const isNumber = /^[+-]?(0|[1-9]\d*|(?=\.\d))(\.\d+)?(e[+-]\d+)?$/i.test(text);
  return isNumber ? Number(text) : Number.NaN;
}

function booleanOf(text: string): boolean | null {
  const word = text.toLowerCase();
  if (word === 'true' || word === 'yes') return true;
  return word === 'false' || word === 'no' ? false : null;
}

/** The entries of a list as a file writes it: `a|b`, or as JSON. Null for prose. */
export function partsOf(text: string): string[] | null {
  if (text.startsWith('[') && text.endsWith(']')) {
    const list = jsonList(text);
    if (list !== null) return list;
  }
  const parts = text.split('|').map((part) => part.trim());
  if (parts.length > 1 && /:\/\//.test(text)) return null;
  return parts.every((part) => part.length <= maxPartLength) ? parts.filter(Boolean) : null;
}

function jsonList(text: string): string[] | null {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map((entry) => textOf(entry)) : null;
  } catch {
    return null;
  }
}

function textOf(entry: unknown): string {
  return typeof entry === 'string' ? entry : JSON.stringify(entry);
}
