/** Takes the items of a file: it keeps their rows until all have been seen, since all decide the types of the fields. */
import type { ItemRow } from '../../../files/items/item-row.js';
import { type ItemsOutcome, ItemTyping, notAvailabilityOf } from '../../items/item-typing.js';
import type { Session } from '../session.js';
import type { ItemWriting } from './item-writing.js';

/** How items are stored. */
export interface StoringOptions {
  /** The field that says whether an item is to be had. */
  readonly availability?: string | undefined;
  /** Write items whole, instead of changing what the file says. Default: false. */
  readonly isWhole?: boolean;
  /** Called for each item that is new. */
  readonly onCreated?: (itemId: string) => void;
  /** Default: whether the stored data have a rating of it. */
  readonly isRated?: (itemId: string) => boolean;
}

const rowsAtOnce = 1000;

/**
 * The items of one file, in a transaction of the caller's. The rows go into a temporary table, which no other transaction
 * waits for: only `store` needs the version raised.
 */
export class ItemIntake {
  readonly #session: Session;
  readonly #typing = new ItemTyping();

  private constructor(session: Session) {
    this.#session = session;
  }

  static async begin(session: Session): Promise<ItemIntake> {
    await session.run(
      `CREATE TEMPORARY TABLE incoming_items (
         place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row text NOT NULL
       ) ON COMMIT DROP`,
    );
    return new ItemIntake(session);
  }

  /** Keeps rows; a later one of the same item comes after. */
  async add(rows: readonly ItemRow[]): Promise<void> {
    if (rows.length === 0) return;
    const texts = rows.map((row) => {
      this.#typing.observe(row);
      return JSON.stringify(row);
    });
    await this.#session.run(
      `INSERT INTO pg_temp.incoming_items (row)
       SELECT row FROM unnest($1::text[]) WITH ORDINALITY AS sent (row, place) ORDER BY place`,
      [texts],
    );
  }

  /** Writes everything that was kept. The caller has raised the version of the data. */
  async store(
    items: ItemWriting,
    { availability, isWhole = false, onCreated, isRated }: StoringOptions,
  ): Promise<ItemsOutcome> {
    const notAvailability =
      availability === undefined ? null : await this.#notAvailability(availability);
    const widened = this.#typing.begin(items.types, { availability, notAvailability });
    for (const field of widened) await items.convert(field);
    const counts = { created: 0, changed: 0, unchanged: 0 };
    let rated = 0;
    for await (const page of this.#pages()) {
      const ids = page.map(({ itemId }) => itemId);
      await items.change(ids, () => page.map((row) => this.#typing.changeOf(row)), {
        keep: !isWhole,
        onEach: (itemId, outcome, ratings) => {
          counts[outcome]++;
          if (outcome === 'created') onCreated?.(itemId);
          if (isRated?.(itemId) ?? ratings > 0) rated++;
        },
      });
    }
    return { ...counts, rated, widened, ...this.#typing.outcome() };
  }

  /** The ids that were kept. */
  async ids(): Promise<Set<string>> {
    const ids = new Set<string>();
    for await (const page of this.#pages()) for (const { itemId } of page) ids.add(itemId);
    return ids;
  }

  /** A value that says neither that an item is to be had nor that it is not. */
  async #notAvailability(name: string): Promise<string | null> {
    for await (const page of this.#pages()) {
      for (const row of page) {
        const value = notAvailabilityOf(row, name);
        if (value !== null) return value;
      }
    }
    return null;
  }

  async *#pages(): AsyncGenerator<ItemRow[]> {
    for (let last = 0; ; ) {
      const rows = await this.#session.query<{ place: number; row: string }>(
        `SELECT place, row FROM pg_temp.incoming_items WHERE place > $1 ORDER BY place LIMIT ${rowsAtOnce}`,
        [last],
      );
      if (rows.length === 0) return;
      last = rows.at(-1)!.place;
      yield rows.map(({ row }) => JSON.parse(row) as ItemRow);
    }
  }
}
