/** Takes the items of a file: it keeps their rows until all have been seen, since all decide the types of the fields. */
import type { Database, Statement } from 'better-sqlite3';
import type { ItemRow } from '../../../files/items/item-row.js';
import { type ItemsOutcome, ItemTyping, notAvailabilityOf } from '../../items/item-typing.js';
import type { ItemWriter } from './item-writer.js';

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
  readonly #typing = new ItemTyping();
  readonly #insert: Statement;

  constructor(db: Database) {
    this.#db = db;
    db.exec('DROP TABLE IF EXISTS temp.incoming; CREATE TEMP TABLE incoming (row TEXT NOT NULL)');
    this.#insert = db.prepare('INSERT INTO temp.incoming VALUES (?)');
  }

  /** Keeps rows; a later one of the same item comes after. */
  add(rows: readonly ItemRow[]): void {
    for (const row of rows) {
      this.#typing.observe(row);
      this.#insert.run(JSON.stringify(row));
    }
  }

  /** Writes everything that was kept. */
  store(
    items: ItemWriter,
    { availability, isWhole = false, onCreated, isRated }: StoringOptions,
  ): ItemsOutcome {
    const notAvailability = availability === undefined ? null : this.#notAvailability(availability);
    const widened = this.#typing.begin(items.fields.types, { availability, notAvailability });
    items.fields.store();
    for (const field of widened) items.fields.convert(field);
    const counts = { created: 0, changed: 0, unchanged: 0 };
    let rated = 0;
    for (const row of this.#rows()) {
      const change = this.#typing.changeOf(row);
      const outcome = isWhole ? items.put(change) : items.merge(change);
      counts[outcome]++;
      if (outcome === 'created') onCreated?.(row.itemId);
      if (isRated(row.itemId)) rated++;
    }
    return { ...counts, rated, widened, ...this.#typing.outcome() };
  }

  /** The ids that were kept. */
  ids(): Set<string> {
    const ids = new Set<string>();
    for (const { itemId } of this.#rows()) ids.add(itemId);
    return ids;
  }

  /** A value that says neither that an item is to be had nor that it is not. */
  #notAvailability(name: string): string | null {
    for (const row of this.#rows()) {
      const found = notAvailabilityOf(row, name);
      if (found !== null) return found;
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
