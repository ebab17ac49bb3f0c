/** Keeps the fields that items have, with one type for each. */
import type { Database } from 'better-sqlite3';
import { ArgumentError, showValue } from '../../../../errors.js';
import {
  type Field,
  type FieldType,
  type FieldValue,
  type ItemFields,
  typeOf,
  valueAs,
  widerType,
} from '../../../items/fields.js';

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

/** The fields of the catalogue while a transaction changes items. */
export class FieldRegistry {
  readonly #db: Database;
  readonly #types: Map<string, FieldType>;

  constructor(db: Database) {
    this.#db = db;
    const fields: Field[] = JSON.parse(
      db.prepare('SELECT fields FROM catalogue').pluck().get() as string,
    );
    this.#types = new Map(fields.map(({ name, type }) => [name, type]));
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
   * Makes room for values of a type, as a whole file has them. Where the field has another type, it gets the wider one,
   * and the values that are stored already become values of it.
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
    this.#store();
    this.#convert(name, to);
    return { name, from, to };
  }

  #add(name: string, type: FieldType): FieldType {
    if (this.#types.size >= maxFields) {
      throw new ArgumentError(
        `${name} would be field ${maxFields + 1}, and items have at most ${maxFields}; leave fields out`,
      );
    }
    this.#types.set(name, type);
    this.#store();
    return type;
  }

  #store(): void {
    const fields = Array.from(this.#types, ([name, type]) => ({ name, type }));
    this.#db.prepare('UPDATE catalogue SET fields = ?').run(JSON.stringify(fields));
  }

  #convert(name: string, type: FieldType): void {
    const { version } = this.#db
      .prepare('UPDATE catalogue SET version = version + 1 RETURNING version')
      .get() as { version: number };
    const set = this.#db.prepare('UPDATE items SET fields = ?, changed = ? WHERE item_index = ?');
    const next = this.#db.prepare(
      "SELECT item_index AS item, fields FROM items WHERE item_index > ? AND fields <> '{}' ORDER BY item_index LIMIT 1000",
    );
    let last = -1;
    for (;;) {
      const rows = next.all(last) as { item: number; fields: string }[];
      if (rows.length === 0) return;
      for (const { item, fields: text } of rows) {
        last = item;
        const fields: ItemFields = JSON.parse(text);
        if (!Object.hasOwn(fields, name)) continue;
        const value = valueAs(fields[name]!, type);
        const changed = Object.entries(fields).map(([key, held]) =>
          key === name ? ([key, value!] as const) : ([key, held] as const),
        );
        set.run(JSON.stringify(Object.fromEntries(changed)), version, item);
      }
    }
  }
}
