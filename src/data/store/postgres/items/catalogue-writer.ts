/** Writes items in PostgreSQL while a server runs. */
import { ArgumentError, HomeError } from '../../../../errors.js';
import { idOf, isId, isUnicode } from '../../../ids.js';
import { type ItemDescription, readItem } from '../../../items/item-description.js';
import type { CatalogueWriter, ItemCounts } from '../../item-writes.js';
import { type ItemChange, type ItemOutcome, ofItem } from '../../items/item-change.js';
import type { Connection } from '../connection.js';
import { ItemWriting } from './item-writing.js';

/** A longer list has a transaction of its own. */
const maxItemsAtOnce = 500;
/** How many writes share a transaction. */
const maxWritesAtOnce = 50;

/** A write that waits for its turn. */
interface Waiting {
  readonly write: (items: ItemWriting) => Promise<unknown>;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes and removes items. Writes that arrive while another one is on its way share the next transaction, because a
 * transaction spends nearly all its time on waiting.
 */
export class PostgresCatalogueWriter implements CatalogueWriter {
  readonly #connection: Connection;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async put(itemId: string, description: ItemDescription): Promise<ItemOutcome> {
    const change = readItem(itemId, description);
    return this.#add(async (items) => {
      const id = (await idsIn(items, [itemId]))[0]!;
      return changeOne(items, { ...change, itemId: id }, { keep: false });
    });
  }

  async patch(itemId: string, description: ItemDescription): Promise<ItemOutcome | null> {
    const change = readItem(itemId, description);
    return this.#add(async (items) => {
      const id = (await idsIn(items, [itemId]))[0]!;
      const known = await items.known([id]);
      return known.has(id) ? changeOne(items, { ...change, itemId: id }, { keep: true }) : null;
    });
  }

  async write(
    items: ReadonlyMap<string, ItemDescription>,
    { merge = false }: { readonly merge?: boolean } = {},
  ): Promise<ItemCounts> {
    const described = [...items];
    if (described.length <= maxItemsAtOnce) {
      return this.#add((writing) => writeAll(writing, described, { keep: merge }));
    }
    this.#checkOpen();
    return this.#transact(
      async (writing) => {
        const counts = { created: 0, changed: 0, unchanged: 0 };
        for (let first = 0; first < described.length; first += maxItemsAtOnce) {
          this.#checkOpen();
          const part = described.slice(first, first + maxItemsAtOnce);
          const written = await writeAll(writing, part, { keep: merge });
          for (const outcome of ['created', 'changed', 'unchanged'] as const) {
            counts[outcome] += written[outcome];
          }
        }
        return counts;
      },
      { long: true },
    );
  }

  delete(itemId: string): Promise<boolean> {
    return this.#add(async (items) => (await items.remove(await idsIn(items, [itemId]))) > 0);
  }

  /** Finishes the waiting writes, and takes no others. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  #add<T>(write: (items: ItemWriting) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#checkOpen();
      this.#waiting.push({ write, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // The other writes of this turn of the event loop join.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, maxWritesAtOnce);
      try {
        const answers = await this.#transact((items) => answersOf(group, items), { long: false });
        for (const answer of answers) answer();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = null;
  }

  #transact<T>(
    work: (items: ItemWriting) => Promise<T>,
    { long }: { readonly long: boolean },
  ): Promise<T> {
    return this.#connection.transaction(
      async (session) => {
        const items = await ItemWriting.begin(session);
        const result = await work(items);
        await items.finish();
        return result;
      },
      { write: true, imports: 'apart', long },
    );
  }

  /** @throws HomeError */
  #checkOpen(): void {
    if (!this.#isClosed) return;
    throw new HomeError(`the store ${this.#connection.address.shown} is closed`);
  }
}

/** Runs writes one after another. The functions that it gives resolve or reject them; call those after the commit. */
async function answersOf(
  group: readonly Waiting[],
  items: ItemWriting,
): Promise<readonly (() => void)[]> {
  const answers: (() => void)[] = [];
  for (const { write, resolve, reject } of group) {
    try {
      const result = (await write(items)) as never;
      answers.push(() => resolve(result));
    } catch (error) {
      // A description that breaks a rule concerns its write alone, of which nothing was stored.
      if (!(error instanceof ArgumentError)) throw error;
      answers.push(() => reject(error));
    }
  }
  return answers;
}

async function changeOne(
  items: ItemWriting,
  change: ItemChange,
  { keep }: { readonly keep: boolean },
): Promise<ItemOutcome> {
  let result: ItemOutcome = 'unchanged';
  await items.change([change.itemId], () => [change], {
    keep,
    onEach: (_, outcome) => {
      result = outcome;
    },
  });
  return result;
}

/** Writes items one after another, and counts what became of them. */
async function writeAll(
  items: ItemWriting,
  described: readonly (readonly [string, ItemDescription])[],
  { keep }: { readonly keep: boolean },
): Promise<ItemCounts> {
  const texts = described.map(([id]) => id);
  const ids = await idsIn(items, texts);
  const counts = { created: 0, changed: 0, unchanged: 0 };
  const changes = function* () {
    for (const [place, itemId] of ids.entries()) {
      yield ofItem(itemId, () => readItem(itemId, described[place]![1]));
    }
  };
  await items.change(ids, changes, {
    keep,
    isNamed: true,
    onEach: (_, outcome) => {
      counts[outcome]++;
    },
  });
  return counts;
}

/** The ids that a caller means. @throws ArgumentError for a text that cannot be an id */
async function idsIn(items: ItemWriting, texts: readonly string[]): Promise<string[]> {
  // Homes of older versions may hold ids that are none by today's rule.
  const unusual = texts.filter((text) => !isId(text) && isStorable(text));
  const known = await items.known(unusual);
  return texts.map((text) => idOf(text, 'itemId', (id) => known.has(id)));
}

/** PostgreSQL refuses to be asked about a text that it cannot hold. */
function isStorable(text: string): boolean {
  return typeof text === 'string' && isUnicode(text) && !text.includes('\0');
}
