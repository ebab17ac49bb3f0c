/** Writes items in a transaction: the one way by which an import, a file of items and HTTP change them. */
import type { ItemFields } from '../../../items/fields.js';
import { converted, FieldTypes, type WidenedField } from '../../items/field-types.js';
import {
  changedItem,
  type ItemChange,
  type ItemOutcome,
  type ItemValues,
  ofItem,
  removedItem,
} from '../../items/item-change.js';
import { isCounted } from '../feedback/feedback-counts.js';
import type { Session } from '../session.js';
import { fieldListOf, fieldsOf } from './item-rows.js';
import { nameWords } from './title-words.js';

/** An item while it is changed. */
interface HeldItem {
  readonly id: string;
  /** Null for one that is not stored yet. */
  readonly index: number | null;
  readonly values: ItemValues | null;
  readonly wordCount: number;
  /** Of how many users the imported data have a rating of it. */
  readonly ratings: number;
}

interface ItemRow {
  readonly index: number;
  readonly id: string;
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
  readonly fields: string;
  readonly available: boolean;
  readonly addedAt: number | null;
  readonly own: boolean;
  readonly removed: boolean;
  readonly ratings: number;
  readonly wordCount: number;
}

/** How items are written. */
export interface ItemWritingOptions {
  /** Whether the items stay when an import replaces the ratings. Default: true. */
  readonly own?: boolean;
}

/** How many items one statement writes. */
const itemsAtOnce = 1000;

/**
 * Changes items in a transaction of the caller's that has raised the version of the data, so that no other one writes
 * meanwhile. If something changed, `finish` raises the catalogue's version by one, which the changed items carry, so that
 * readers fetch only these. No change of an item touches ratings or their hash.
 */
export class ItemWriting {
  readonly #session: Session;
  readonly #own: boolean;
  /** The version of this transaction's changes. */
  readonly #version: number;
  /** Seconds since 1970. */
  readonly #now = Date.now() / 1000;
  /** As they are stored. */
  #fields: string;
  #types: FieldTypes;
  #nextIndex: number;
  #isChanged = false;
  #names = 0;
  #words = 0;

  private constructor(session: Session, start: Start, { own = true }: ItemWritingOptions) {
    this.#session = session;
    this.#own = own;
    this.#version = start.version + 1;
    this.#fields = start.fields;
    this.#types = new FieldTypes(fieldListOf(start.fields));
    this.#nextIndex = start.next;
  }

  static async begin(session: Session, options: ItemWritingOptions = {}): Promise<ItemWriting> {
    const [start] = await session.query<Start>(
      `SELECT version, fields, (SELECT coalesce(max(item_index), -1) + 1 FROM store.items) AS next
       FROM store.catalogue`,
    );
    return new ItemWriting(session, start!, options);
  }

  /** The fields that items have; those of a file are added here. */
  get types(): FieldTypes {
    return this.#types;
  }

  /** Those of the ids that are stored and not removed, or are of feedback. */
  async known(itemIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (itemIds.length === 0) return new Set();
    const rows = await this.#session.query<{ id: string }>(
      `SELECT id FROM unnest($1::text[]) AS asked (id)
       WHERE coalesce(
         (SELECT NOT removed FROM store.items WHERE items.id = asked.id),
         EXISTS (SELECT FROM store.feedback WHERE item_id = asked.id)
       )`,
      [itemIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /**
   * Changes items one after another, all or none of these.
   *
   * @param itemIds - the ids of the changes
   * @param options - `keep`: what a change leaves out stays. `onEach` is told what became of each
   * @throws ArgumentError for a field's value, and what `changesOf` throws; nothing is written then
   */
  async change(
    itemIds: readonly string[],
    changesOf: () => Iterable<ItemChange>,
    { keep, isNamed = false, onEach }: ChangeOptions,
  ): Promise<void> {
    const held = await this.#read(itemIds);
    const types = this.#types.list();
    const changed = new Map<string, HeldItem>();
    const context = { keep, now: this.#now, own: this.#own, types: this.#types };
    try {
      for (const change of changesOf()) {
        const before = held.get(change.itemId) ?? notHeld(change.itemId);
        const changeIt = () => changedItem(before.values, change, context);
        const { outcome, values } = isNamed ? ofItem(change.itemId, changeIt) : changeIt();
        if (values !== null) {
          const after = { ...before, values };
          held.set(change.itemId, after);
          changed.set(change.itemId, after);
        }
        onEach(change.itemId, outcome, before.ratings);
      }
    } catch (error) {
      this.#types = new FieldTypes(types);
      throw error;
    }
    await this.#write([...changed.values()]);
  }

  /**
   * Removes items from every answer and search. Their ratings stay, and so do their places in the click matrix. They come
   * back when they are written again. Gives how many there were that are known and not removed already.
   */
  async remove(itemIds: readonly string[]): Promise<number> {
    const known = await this.known(itemIds);
    const held = await this.#read([...known]);
    await this.#write(
      Array.from(known, (id) => {
        const before = held.get(id) ?? notHeld(id);
        return { ...before, values: removedItem(before.values) };
      }),
    );
    return known.size;
  }

  /** Turns the stored values of a field into values of its new type. */
  async convert(field: WidenedField): Promise<void> {
    for (let last = -1; ; ) {
      const rows = await this.#session.query<{ index: number; fields: string }>(
        `SELECT item_index AS index, fields FROM store.items WHERE item_index > $1 AND fields <> '{}'
         ORDER BY item_index LIMIT ${itemsAtOnce}`,
        [last],
      );
      if (rows.length === 0) return;
      last = rows.at(-1)!.index;
      const changed = rows.flatMap(({ index, fields }) => {
        const after = converted(fieldsOf(fields), field);
        return after === null ? [] : [{ index, fields: JSON.stringify(after) }];
      });
      if (changed.length === 0) continue;
      this.#isChanged = true;
      await this.#session.run(
        `UPDATE store.items SET fields = changed.fields, changed = $3
         FROM unnest($1::integer[], $2::text[]) AS changed (index, fields) WHERE item_index = index`,
        [changed.map(({ index }) => index), changed.map(({ fields }) => fields), this.#version],
      );
    }
  }

  /** Stores what belongs to the catalogue as a whole. Call it before the commit. */
  async finish(): Promise<void> {
    const fields = JSON.stringify(this.#types.list());
    if (!this.#isChanged && fields === this.#fields) return;
    await this.#session.run(
      'UPDATE store.catalogue SET version = $1, fields = $2, names = names + $3, words = words + $4',
      [this.#version, fields, this.#names, this.#words],
    );
    this.#fields = fields;
  }

  async #read(itemIds: readonly string[]): Promise<Map<string, HeldItem>> {
    if (itemIds.length === 0) return new Map();
    const rows = await this.#session.query<ItemRow>(
      `SELECT item_index AS index, id, title, year, genres, fields, available, added_at AS "addedAt", own, removed,
         ratings, word_count AS "wordCount"
       FROM store.items WHERE id = ANY($1::text[])`,
      [itemIds],
    );
    return new Map(rows.map((row) => [row.id, heldItem(row)]));
  }

  async #write(items: readonly HeldItem[]): Promise<void> {
    for (let first = 0; first < items.length; first += itemsAtOnce) {
      await this.#writePart(items.slice(first, first + itemsAtOnce));
    }
  }

  async #writePart(items: readonly HeldItem[]): Promise<void> {
    const columns = new Columns();
    const firstNew = this.#nextIndex;
    for (const item of items) {
      const name = nameWords(item.values!.title ?? item.id);
      const index = item.index ?? this.#nextIndex++;
      columns.add(item.id, index, item.values!, name);
      if (item.index === null) this.#names++;
      this.#words += name.wordCount - item.wordCount;
    }
    this.#isChanged = true;
    // An item of feedback alone has been clicked before it is stored.
    await this.#session.run(
      `INSERT INTO store.items (item_index, id, title, year, genres, fields, available, added_at, own, removed, words,
         word_count, changed, feedback_users)
       SELECT written.*, $13, CASE WHEN item_index >= $14 THEN
         (SELECT count(DISTINCT user_id) FROM store.feedback WHERE item_id = written.id AND ${isCounted}) ELSE 0 END
       FROM unnest($1::integer[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], $7::boolean[],
         $8::double precision[], $9::boolean[], $10::boolean[], $11::text[], $12::integer[])
         AS written (item_index, id, title, year, genres, fields, available, added_at, own, removed, words, word_count)
       ON CONFLICT (item_index) DO UPDATE SET title = excluded.title, year = excluded.year, genres = excluded.genres,
         fields = excluded.fields, available = excluded.available, added_at = excluded.added_at, own = excluded.own,
         removed = excluded.removed, words = excluded.words, word_count = excluded.word_count, changed = excluded.changed`,
      [...columns.lists, this.#version, firstNew],
    );
  }
}

/** How changes are made, and who is told. */
export interface ChangeOptions {
  readonly keep: boolean;
  /** Whether an error about a field's value names the item. Default: false. */
  readonly isNamed?: boolean;
  /** @param ratings - of how many users the stored data have a rating of the item */
  readonly onEach: (itemId: string, outcome: ItemOutcome, ratings: number) => void;
}

interface Start {
  readonly version: number;
  readonly fields: string;
  readonly next: number;
}

function heldItem({ id, index, ratings, wordCount, ...row }: ItemRow): HeldItem {
  const { genres, fields, ...values } = row;
  return {
    id,
    index,
    ratings,
    wordCount,
    values: { ...values, genres: JSON.parse(genres), fields: fieldsOf(fields) },
  };
}

function notHeld(id: string): HeldItem {
  return { id, index: null, values: null, wordCount: 0, ratings: 0 };
}

/** The columns of the items to write, a list each. */
class Columns {
  readonly lists: unknown[][] = Array.from({ length: 12 }, () => []);

  add(id: string, index: number, values: ItemValues, name: ReturnType<typeof nameWords>): void {
    const { title, year, genres, fields, available, addedAt, own, removed } = values;
    const row = [
      index,
      id,
      title === null ? null : storable(title),
      year,
      JSON.stringify(genres),
      jsonOf(fields),
      available,
      addedAt,
      own,
      removed,
      name.words,
      name.wordCount,
    ];
    for (const [c, value] of row.entries()) this.lists[c]!.push(value);
  }
}

function jsonOf(fields: ItemFields): string {
  return JSON.stringify(fields);
}

/** PostgreSQL holds no NUL, which a title from a file may have. */
function storable(text: string): string {
  return text.replaceAll('\0', '');
}
