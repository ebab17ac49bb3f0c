/** Takes the items of a file: it keeps their rows until all have been seen, since all decide the types of the fields. */
import type { Database, Statement } from 'better-sqlite3';
import type { ItemRow } from '../../../files/items/item-row.js';
import { availabilityOf } from '../../../items/availability.js';
import { FieldTyping, typed } from '../../../items/field-typing.js';
import type { Field, FieldType } from '../../../items/fields.js';
import type { WidenedField } from './field-registry.js';
import type { ItemWriter } from './item-writer.js';

/** What a file of items brought. */
export interface ItemsOutcome {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Rows of the file on an item with a rating. */
  readonly rated: number;
  /** Those that are not to be had. */
  readonly soldOut: number;
  /** The fields of the file, as the catalogue has them now. */
  readonly fields: readonly Field[];
  readonly widened: readonly WidenedField[];
  /** A value of the availability column that says neither yes nor no, so that the column decides nothing; else null. */
  readonly notAvailability: string | null;
}

/** How items are stored. */
export interface StoringOptions {
  /** The field that says whether an item is to be had. */
  readonly availability?: string | undefined;
  /** Write items whole, instead of changing what the file says. Default: false. */
  readonly isWhole?: boolean;
  /** Called for each item that is new. */
  readonly onCreated?: (itemId: string) => void;
  readonly isRated: (itemId: string) => boolean;
}

const rowsAtOnce = 1000;

/** The items of one file, in a transaction of the caller's. */
export class ItemIntake {
  readonly #db: Database;
  readonly #typing = new FieldTyping();
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#db = db;
    db.exec('DROP TABLE IF EXISTS temp.incoming; CREATE TEMP TABLE incoming (row TEXT NOT NULL)');
    this.#insert = db.prepare('INSERT INTO temp.incoming VALUES (?)');
  }

  /** Keeps rows; a later one of the same item comes after. */
  add(rows: readonly ItemRow[]): void {
    for (const row of rows) {
      this.#typing.observe(row.fields ?? {});
      this.#insert.run(JSON.stringify(row));
    }
  }

  /** Writes everything that was kept. */
  store(
    items: ItemWriter,
    { availability, isWhole = false, onCreated, isRated }: StoringOptions,
  ): ItemsOutcome {
    const widened: WidenedField[] = [];
    const types = new Map<string, FieldType>();
    const notAvailability = availability === undefined ? null : this.#notAvailability(availability);
    for (const [name, seen] of this.#typing.types()) {
      const isYesOrNo = name === availability && notAvailability === null && seen !== 'number';
      const change = items.fields.widen(name, isYesOrNo ? 'boolean' : seen);
      if (change !== null) widened.push(change);
      types.set(name, items.fields.type(name)!);
    }
    const counts = { created: 0, changed: 0, unchanged: 0 };
    let rated = 0;
    let soldOut = 0;
    for (const { itemId, fields = {}, ...row } of this.#rows()) {
      const said = availability === undefined ? undefined : fields[availability];
      const available =
        said === undefined || notAvailability !== null ? undefined : availabilityOf(said)!;
      if (available === false) soldOut++;
      const values = Object.entries(fields).map(([name, value]) => {
        const type = types.get(name)!;
        const isYesOrNo = name === availability && type === 'boolean' && available !== undefined;
        return [name, isYesOrNo ? available : typed(value, type)] as const;
      });
      const change = { ...row, itemId, available, fields: Object.fromEntries(values) };
      const outcome = isWhole ? items.put(change) : items.merge(change);
      counts[outcome]++;
      if (outcome === 'created') onCreated?.(itemId);
      if (isRated(itemId)) rated++;
    }
    const fields = Array.from(types, ([name, type]) => ({ name, type }));
    return { ...counts, rated, soldOut, fields, widened, notAvailability };
  }

  /** The ids that were kept. */
  ids(): Set<string> {
    const ids = new Set<string>();
    for (const { itemId } of this.#rows()) ids.add(itemId);
    return ids;
  }

  /** A value that says neither that an item is to be had nor that it is not. */
  #notAvailability(name: string): string | null {
    for (const { fields = {} } of this.#rows()) {
      const value = fields[name];
      if (value !== undefined && availabilityOf(value) === null) return String(value);
    }
    return null;
  }

  /** Pages of rows: nothing else can be done while a statement runs. */
  *#rows(): Generator<ItemRow> {
    const page = this.#db.prepare(
      `SELECT rowid AS place, row FROM temp.incoming WHERE rowid > ? ORDER BY rowid LIMIT ${rowsAtOnce}`,
    );
    for (let last = 0; ; ) {
      const rows = page.all(last) as { place: number; row: string }[];
      if (rows.length === 0) return;
      for (const { place, row } of rows) {
        last = place;
        yield JSON.parse(row);
      }
    }
  }
}
