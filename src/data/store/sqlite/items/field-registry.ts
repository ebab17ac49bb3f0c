/** Keeps the fields that items have in the database, with one type for each. */
import type { Database } from 'better-sqlite3';
import type { FieldValue } from '../../../items/fields.js';
import { converted, FieldTypes, type WidenedField } from '../../items/field-types.js';

/** The fields of the catalogue while a transaction changes items. */
export class FieldRegistry {
  readonly types: FieldTypes;
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    const fields = db.prepare('SELECT fields FROM catalogue').pluck().get() as string;
    this.types = new FieldTypes(JSON.parse(fields));
  }

  /** As `FieldTypes.accept`. */
  accept(name: string, value: FieldValue): FieldValue {
    const held = this.types.accept(name, value);
    this.store();
    return held;
  }

  /** Stores the fields, where they changed. */
  store(): void {
    if (!this.types.isChanged) return;
    this.#db.prepare('UPDATE catalogue SET fields = ?').run(JSON.stringify(this.types.list()));
    this.types.isChanged = false;
  }

  /** Makes the stored values of a widened field values of its new type. */
  convert(widened: WidenedField): void {
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
        const fields = converted(JSON.parse(text), widened);
        if (fields !== null) set.run(JSON.stringify(fields), version, item);
      }
    }
  }
}
