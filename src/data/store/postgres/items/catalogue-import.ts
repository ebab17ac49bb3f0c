/** Imports items alone, as one transaction: it touches no rating. */
import type { ItemRow } from '../../../files/items/item-row.js';
import type { CatalogueImport } from '../../item-writes.js';
import type { ItemsOutcome } from '../../items/item-typing.js';
import type { Connection } from '../connection.js';
import type { Transaction } from '../transaction.js';
import { ItemIntake } from './item-intake.js';
import { ItemWriting } from './item-writing.js';

/** How many items one statement removes. */
const itemsAtOnce = 1000;

/** One import of items. `commit` or `rollback` ends it; if the process dies, it is rolled back. */
export class PostgresCatalogueImport implements CatalogueImport {
  readonly #transaction: Transaction;
  readonly #intake: ItemIntake;

  private constructor(transaction: Transaction, intake: ItemIntake) {
    this.#transaction = transaction;
    this.#intake = intake;
  }

  /** @throws BusyError when another process is importing into the same store */
  static async begin(connection: Connection): Promise<PostgresCatalogueImport> {
    const transaction = await connection.begin({ imports: 'alone', long: true });
    try {
      const intake = await ItemIntake.begin(transaction.session);
      return new PostgresCatalogueImport(transaction, intake);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  add(rows: readonly ItemRow[]): Promise<void> {
    return this.#intake.add(rows);
  }

  async commit(options: {
    readonly availability?: string | undefined;
    readonly isWhole: boolean;
  }): Promise<ItemsOutcome & { readonly removed: number }> {
    // From here on, feedback waits.
    await this.#transaction.raiseVersion();
    const { session } = this.#transaction;
    const items = await ItemWriting.begin(session);
    const stored = await this.#intake.store(items, options);
    const removed = options.isWhole ? await this.#removeOthers(items) : 0;
    await items.finish();
    await this.#transaction.commit();
    return { ...stored, removed };
  }

  rollback(): Promise<void> {
    return this.#transaction.rollback();
  }

  async #removeOthers(items: ItemWriting): Promise<number> {
    const kept = await this.#intake.ids();
    const rows = await this.#transaction.session.query<{ id: string }>(
      'SELECT id FROM store.items WHERE NOT removed ORDER BY item_index',
    );
    const others = rows.map(({ id }) => id).filter((id) => !kept.has(id));
    let removed = 0;
    for (let first = 0; first < others.length; first += itemsAtOnce) {
      removed += await items.remove(others.slice(first, first + itemsAtOnce));
    }
    return removed;
  }
}
