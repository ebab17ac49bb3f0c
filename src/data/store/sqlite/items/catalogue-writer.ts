/** Writes items while the server runs. */
import type { Database } from 'better-sqlite3';
import { idOf } from '../../../ids.js';
import { type ItemDescription, readItem } from '../../../items/item-description.js';
import type { CatalogueWriter, ItemCounts } from '../../item-writes.js';
import { type ItemOutcome, ofItem } from '../../items/item-change.js';
import { writeInSlices } from '../writing/sliced-write.js';
import { WriteQueue } from '../writing/write-queue.js';
import { ItemWriter } from './item-writer.js';

/** A longer list is written in slices. */
const maxItemsAtOnce = 500;

/**
 * Writes and removes items. When a promise resolves, the disk has the change, in the file that is there then.
 *
 * Every method throws BusyError when another process writes for longer than a second, HomeError when the database cannot
 * be written, and ArgumentError for a description that breaks a rule, or a field of another type than other items have.
 * Nothing is stored then.
 */
export class SqliteCatalogueWriter implements CatalogueWriter {
  readonly #home: string;
  readonly #queue: WriteQueue;
  readonly #closing = new AbortController();

  /** Opens nothing yet: the first write opens the home. */
  constructor(home: string) {
    this.#home = home;
    this.#queue = new WriteQueue(home);
  }

  /** Writes an item whole. What the description leaves out gets its default. */
  async put(itemId: string, description: ItemDescription): Promise<ItemOutcome> {
    const change = readItem(itemId, description);
    return this.#add(itemId, (items, id) => items.put({ ...change, itemId: id }));
  }

  /** Changes what the description names. Gives null, and stores nothing, for an item that is not stored. */
  async patch(itemId: string, description: ItemDescription): Promise<ItemOutcome | null> {
    const change = readItem(itemId, description);
    return this.#add(itemId, (items, id) =>
      items.knows(id) ? items.merge({ ...change, itemId: id }) : null,
    );
  }

  /**
   * Writes many items, all or none. A long list is written in slices, between which other requests are answered.
   *
   * @param options - `merge`: change only what each description names. Default: write each whole
   * @throws ArgumentError naming the item
   */
  async write(
    items: ReadonlyMap<string, ItemDescription>,
    { merge = false }: { readonly merge?: boolean } = {},
  ): Promise<ItemCounts> {
    const steps = (db: Database) => writeEach(db, items, { merge });
    if (items.size > maxItemsAtOnce) {
      return writeInSlices({ home: this.#home, steps, signal: this.#closing.signal });
    }
    return this.#queue.add((db) => {
      const iterator = steps(db);
      for (;;) {
        const step = iterator.next();
        if (step.done) return step.value;
      }
    });
  }

  /** Removes an item from every answer; its history stays. Gives false for one that is not stored. */
  delete(itemId: string): Promise<boolean> {
    return this.#add(itemId, (items, id) => items.remove(id));
  }

  /** Commits the waiting writes, gives up a long list, and closes the database. */
  close(): void {
    this.#closing.abort();
    this.#queue.close();
  }

  #add<T>(itemId: string, write: (items: ItemWriter, itemId: string) => T): Promise<T> {
    return this.#queue.add((db) => {
      const writer = new ItemWriter(db);
      return write(writer, idIn(writer, itemId));
    });
  }
}

/** Writes items one after another, and counts what became of them. */
function* writeEach(
  db: Database,
  items: ReadonlyMap<string, ItemDescription>,
  { merge }: { readonly merge: boolean },
): Generator<void, ItemCounts> {
  const writer = new ItemWriter(db);
  const counts = { created: 0, changed: 0, unchanged: 0 };
  for (const [id, description] of items) {
    const itemId = idIn(writer, id);
    const outcome = ofItem(itemId, () => {
      const change = readItem(itemId, description);
      return merge ? writer.merge(change) : writer.put(change);
    });
    counts[outcome]++;
    yield;
  }
  return counts;
}

/** The id that a caller means. @throws ArgumentError for a text that cannot be an id */
function idIn(writer: ItemWriter, text: string): string {
  return idOf(text, 'itemId', (id) => writer.knows(id));
}
