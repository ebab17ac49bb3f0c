/** Writes an import into PostgreSQL. */
import { HomeError } from '../../../../errors.js';
import type { IdIndex } from '../../../files/id-index.js';
import type { ItemRow } from '../../../files/items/item-row.js';
import { RatingList, rowsByUser } from '../../../files/rating-list.js';
import {
  type ImportMode,
  type ImportRecord,
  maxRows,
  type RatingsWriter,
  rowsHeld,
  type WriterRule,
} from '../../dataset.js';
import { HistoryMerge, type StoredHistory } from '../../histories/history-merge.js';
import type { ImportTally } from '../../histories/import-tally.js';
import type { ItemsOutcome } from '../../items/item-typing.js';
import type { Connection } from '../connection.js';
import { recountFeedback } from '../feedback/feedback-counts.js';
import { keepAncestor } from '../feedback/user-deletion.js';
import { copyRows, double, int32 } from '../histories/copy-rows.js';
import { ItemIntake } from '../items/item-intake.js';
import { ItemWriting } from '../items/item-writing.js';
import { keepOwnItems, recountWords } from '../items/own-items.js';
import { nameWords } from '../items/title-words.js';
import type { Session } from '../session.js';
import type { Transaction } from '../transaction.js';
import { beginAlone, type ImportStart, readStart } from './import-start.js';

/** How many histories are merged at once. */
const usersAtOnce = 2000;

/**
 * One import as one transaction. Readers see the old data until its commit. Feedback is stored meanwhile: the import
 * touches the items, and raises the version, only after the whole file was read. Deletions of users, and changes of items,
 * wait or fail, because they move or give out indices.
 */
export class PostgresRatingsWriter implements RatingsWriter {
  readonly users: IdIndex;
  readonly items: IdIndex;
  readonly rule: WriterRule;
  droppedFeedback = 0;

  readonly #transaction: Transaction;
  readonly #session: Session;
  readonly #shown: string;
  readonly #mode: ImportMode;
  readonly #intake: ItemIntake;
  readonly #tally: ImportTally;
  readonly #merge = new HistoryMerge();
  readonly #held = new RatingList();
  readonly #storedBefore: number;
  #position: number;
  #usersStored: number;
  #itemsStored: number;
  readonly #itemsBefore: number;
  #areItemsBegun = false;

  private constructor(
    { transaction, shown, mode, rule }: Writing,
    intake: ItemIntake,
    start: ImportStart,
  ) {
    this.#transaction = transaction;
    this.#session = transaction.session;
    this.#shown = shown;
    this.#mode = mode;
    this.rule = rule;
    this.#intake = intake;
    this.users = start.users;
    this.items = start.items;
    this.#tally = start.tally;
    this.#storedBefore = start.ratings;
    this.#position = start.position;
    this.#usersStored = start.users.ids.length;
    this.#itemsStored = start.items.ids.length;
    this.#itemsBefore = this.#itemsStored;
  }

  /** Begins an import. @throws StorageError when another process is importing into the same store */
  static async begin(
    connection: Connection,
    mode: ImportMode,
    rule: WriterRule,
  ): Promise<PostgresRatingsWriter> {
    const { shown } = connection.address;
    const transaction = await beginAlone(connection);
    try {
      const { session } = transaction;
      if (mode === 'replace') {
        await session.run(
          'DELETE FROM store.histories; DELETE FROM store.users; DELETE FROM store.dataset; DELETE FROM store.ancestors',
        );
      }
      const intake = await ItemIntake.begin(session);
      const start = await readStart(session, mode, rule);
      return new PostgresRatingsWriter({ transaction, shown, mode, rule }, intake, start);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  get stored(): number {
    return this.#tally.stored;
  }

  get updated(): number {
    return this.#tally.updated;
  }

  clickCounts(minClicks: number): { clicks: number; usersBelow: number } {
    return this.#tally.clickCounts(this.#usersStored, minClicks);
  }

  async addRatings(ratings: RatingList): Promise<void> {
    if (this.#position + this.#held.count + ratings.count > maxRows) {
      throw new HomeError(
        `${this.#shown} cannot take more than ${maxRows} rows, repeated ones included; leave rows out, or import them into another schema with ?schema=NAME in the URL`,
      );
    }
    this.#held.append(ratings);
    if (this.#held.count >= rowsHeld) await this.#writeHeld();
  }

  addItems(rows: readonly ItemRow[]): Promise<void> {
    return this.#intake.add(rows);
  }

  async storeItems(availability?: string): Promise<ItemsOutcome> {
    await this.#writeHeld();
    await this.#beginItems();
    const items = await ItemWriting.begin(this.#session, { own: false });
    const outcome = await this.#intake.store(items, {
      availability,
      onCreated: (itemId) => void this.items.indexOf(itemId),
      isRated: (itemId) => this.#tally.usersOf(this.items.indexOf(itemId)) > 0,
    });
    await items.finish();
    this.#itemsStored = this.items.ids.length;
    return outcome;
  }

  async commit(record: ImportRecord): Promise<void> {
    await this.#writeHeld();
    await this.#beginItems();
    await this.#writeCounts();
    await recountWords(this.#session);
    if (record.dropFeedback) {
      this.droppedFeedback = await this.#session.run('DELETE FROM store.feedback');
    }
    await recountFeedback(this.#session);
    await keepAncestor(this.#session);
    await this.#describe(record);
    await this.#transaction.commit();
  }

  rollback(): Promise<void> {
    return this.#transaction.rollback();
  }

  async #writeHeld(): Promise<void> {
    const { users, items } = this;
    const known = this.#usersStored;
    const newUsers = users.ids.slice(known);
    await copyRows(
      this.#session,
      'store.users (user_index, id)',
      newUsers.map((id, k) => [int32(known + k), id]),
    );
    this.#usersStored = users.ids.length;
    this.#merge.fit(items.ids.length);
    this.#tally.fit(users.ids.length, items.ids.length);
    const { starts, rows } = rowsByUser(this.#held, users.ids.length);
    const touched: UserRows[] = [];
    for (let user = 0; user < users.ids.length; user++) {
      if (starts[user]! === starts[user + 1]!) continue;
      touched.push({ user, rows: rows.subarray(starts[user]!, starts[user + 1]!) });
    }
    for (let first = 0; first < touched.length; first += usersAtOnce) {
      await this.#writeHistories(touched.slice(first, first + usersAtOnce), known);
    }
    this.#position += this.#held.count;
    this.#held.clear();
  }

  /** Adds rows in memory to the histories of some users; those with an index below `known` may have one. */
  async #writeHistories(touched: readonly UserRows[], known: number): Promise<void> {
    const before = new Map<number, StoredHistory>();
    // Stryker disable next-line EqualityOperator: a user who is new has no history that an answer could hold.
    const asked = touched.map(({ user }) => user).filter((user) => user < known);
    if (asked.length > 0) {
      const rows = await this.#session.query<HistoryRow>(
        'DELETE FROM store.histories WHERE user_index = ANY($1::integer[]) RETURNING user_index AS user, ratings, weights',
        [asked],
      );
      for (const { user, ratings, weights } of rows) before.set(user, [ratings, weights]);
    }
    const merged = touched.map(({ user, rows }) => {
      const [ratings, weights] = this.#merged(user, rows, before.get(user));
      return [int32(user), ratings, weights];
    });
    await copyRows(this.#session, 'store.histories (user_index, ratings, weights)', merged);
  }

  #merged(user: number, rows: Int32Array, stored: StoredHistory | undefined): StoredHistory {
    const added = { list: this.#held, rows, position: this.#position };
    const before = this.stored;
    const merged = this.#merge.merge(stored, added, (item) => this.#tally.pair(item));
    this.#tally.history(user, merged);
    this.#tally.updated += rows.length - (this.stored - before);
    return merged;
  }

  /** From here on no other transaction writes. Stores the rated items that are new. */
  async #beginItems(): Promise<void> {
    if (this.#areItemsBegun) return;
    this.#areItemsBegun = true;
    await this.#transaction.raiseVersion();
    if (this.#mode === 'replace') await keepOwnItems(this.#session);
    const first = this.#itemsStored;
    const newItems = this.items.ids.slice(first);
    const now = double(Date.now() / 1000);
    await copyRows(
      this.#session,
      'store.items (item_index, id, added_at, ratings, words, word_count)',
      newItems.map((id, k) => {
        const { words, wordCount } = nameWords(id);
        const users = int32(this.#tally.usersOf(first + k));
        return [int32(first + k), id, now, users, words, int32(wordCount)];
      }),
    );
    this.#itemsStored = this.items.ids.length;
  }

  /** Stores the number of users of each item that was there before. */
  async #writeCounts(): Promise<void> {
    const items: number[] = [];
    const counts: number[] = [];
    for (const [item, users] of this.#tally.changedItems()) {
      if (item >= this.#itemsBefore) continue;
      items.push(item);
      counts.push(users);
    }
    await this.#session.run(
      `UPDATE store.items SET ratings = counted.users
       FROM unnest($1::integer[], $2::integer[]) AS counted (item, users) WHERE item_index = counted.item`,
      [items, counts],
    );
  }

  async #describe(record: ImportRecord): Promise<void> {
    await this.#session.run('DELETE FROM store.dataset');
    await this.#session.run(
      `INSERT INTO store.dataset (only_row, name, data_hash, users, items, catalogue, ratings, rows_accepted, scale_low,
         scale_high, files, imported_at, min_weight)
       VALUES (0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        record.name,
        record.dataHash,
        this.#usersStored,
        this.#tally.ratedItems,
        this.#itemsStored,
        this.#storedBefore + this.stored,
        this.#position,
        record.scale?.low ?? null,
        record.scale?.high ?? null,
        JSON.stringify(record.files),
        new Date().toISOString(),
        this.rule.minWeight,
      ],
    );
  }
}

/** The import's transaction, and what it is about. */
interface Writing {
  readonly transaction: Transaction;
  readonly shown: string;
  readonly mode: ImportMode;
  readonly rule: WriterRule;
}

interface UserRows {
  readonly user: number;
  readonly rows: Int32Array;
}

interface HistoryRow {
  readonly user: number;
  readonly ratings: Buffer;
  readonly weights: Buffer | null;
}
