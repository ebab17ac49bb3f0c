/** The fields that items have, with one type for each, while a transaction changes items. */
import { ArgumentError, showValue } from '../../../errors.js';
import {
  type Field,
  type FieldType,
  type FieldValue,
  type ItemFields,
  typeOf,
  valueAs,
  widerType,
} from '../../items/fields.js';

/** A field that got another type, because values of two types met. */
export interface WidenedField {
  readonly name: string;
  readonly from: FieldType;
  readonly to: FieldType;
}

const kinds: Readonly<Record<FieldType, string>> = {
  number: 'a number',
  text: 'a text',
  boolean: 'true or false',
  date: 'a date such as 2026-01-31',
  list: 'a list',
};

/** How many names there may be. */
const maxFields = 1000;

/** The types of the fields. The caller stores `list()` whenever `isChanged`. */
export class FieldTypes {
  readonly #types: Map<string, FieldType>;
  /** Whether `list()` differs from what the caller gave, or last took as stored. */
  isChanged = false;

  /** @param fields - as they are stored */
  constructor(fields: readonly Field[]) {
    this.#types = new Map(fields.map(({ name, type }) => [name, type]));
  }

  /** The fields, in the order of their first appearance. */
  list(): Field[] {
    return Array.from(this.#types, ([name, type]) => ({ name, type }));
  }

  /** The type of a field; undefined for one that no item has. */
  type(name: string): FieldType | undefined {
    return this.#types.get(name);
  }

  /**
   * The value of one item's field, as its type holds it. A new name gets the type of its value.
   *
   * @throws ArgumentError for a value of another type, or a name too many
   */
  accept(name: string, value: FieldValue): FieldValue {
    const type = this.#types.get(name) ?? this.#add(name, typeOf(value));
    const held = valueAs(value, type);
    if (held !== null) return held;
    throw new ArgumentError(
      `fields.${name} is ${showValue(value)}, and ${name} is ${kinds[type]} for every item; give ${kinds[type]}`,
    );
  }

  /**
   * Makes room for values of a type, as a whole file has them. Where the field has another type, it gets the wider one;
   * the caller then converts the stored values (`converted`). Null where no stored value changes.
   */
  widen(name: string, type: FieldType): WidenedField | null {
    const from = this.#types.get(name);
    if (from === undefined) {
      this.#add(name, type);
      return null;
    }
    const to = widerType(from, type);
    if (to === from) return null;
    this.#types.set(name, to);
    this.isChanged = true;
    return { name, from, to };
  }

  #add(name: string, type: FieldType): FieldType {
    if (this.#types.size >= maxFields) {
      throw new ArgumentError(
        `${name} would be field ${maxFields + 1}, and items have at most ${maxFields}; leave fields out`,
      );
    }
    this.#types.set(name, type);
    this.isChanged = true;
    return type;
  }
}

/** An item's fields after one of them was widened; null where the item does not have it. */
export function converted(fields: ItemFields, { name, to }: WidenedField): ItemFields | null {
  if (!Object.hasOwn(fields, name)) return null;
  const value = valueAs(fields[name]!, to)!;
  return Object.fromEntries(
    Object.entries(fields).map(([key, held]) => (key === name ? [key, value] : [key, held])),
  );
}
