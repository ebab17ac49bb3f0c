/** Adds imported rows to the stored history of a user. */
import type { RatingList } from '../../files/rating-list.js';
import { History, recordBytes, weightBytes } from './history.js';

/** A user's records, and their weights where the data have some. */
export type StoredHistory = readonly [ratings: Buffer, weights: Buffer | null];

/** Rows of one user, in file order. */
export interface AddedRows {
  readonly list: RatingList;
  /** The places of the user's rows in the list. */
  readonly rows: Int32Array;
  /** Of the first row of the list. */
  readonly position: number;
}

/** Merges rows into histories: a row of an item that the user has already changes that item's record. */
export class HistoryMerge {
  /** By item, for the current user: its record + 1, or 0. */
  #records = new Int32Array(1024);

  /** Makes room for items with an index below a count. */
  fit(items: number): void {
    if (this.#records.length < items) this.#records = new Int32Array(2 * items);
  }

  /**
   * The history with the rows. A repeated item keeps its first position; its rating and timestamp are replaced, and its
   * weights add up.
   *
   * @param stored - undefined for a user without a history
   * @param onNew - called with each item that the user did not have
   */
  merge(
    stored: StoredHistory | undefined,
    { list, rows, position }: AddedRows,
    onNew: (item: number) => void,
  ): StoredHistory {
    const { items, ratings, timestamps, weights } = list;
    const [oldRatings, oldWeights] = stored ?? [Buffer.alloc(0), null];
    const before = oldRatings.length / recordBytes;
    const bytes = Buffer.alloc(oldRatings.length + rows.length * recordBytes);
    oldRatings.copy(bytes);
    const weighed = weights === null ? null : Buffer.alloc((before + rows.length) * weightBytes);
    const history = new History(bytes, weighed);
    if (weighed !== null && oldWeights !== null) oldWeights.copy(weighed);
    else for (let r = 0; r < before; r++) history.weigh(r, 1);
    let records = before;
    for (let r = 0; r < records; r++) this.#records[history.item(r)] = r + 1;
    for (const row of rows) {
      const item = items[row]!;
      const known = this.#records[item]! - 1;
      if (known >= 0) {
        history.rate(known, ratings[row]!, timestamps[row]!);
        if (weights !== null) history.weigh(known, history.weight(known) + weights[row]!);
        continue;
      }
      history.place(records, item, position + row);
      history.rate(records, ratings[row]!, timestamps[row]!);
      if (weights !== null) history.weigh(records, weights[row]!);
      this.#records[item] = ++records;
      onNew(item);
    }
    for (let r = 0; r < records; r++) this.#records[history.item(r)] = 0;
    return [
      bytes.subarray(0, records * recordBytes),
      weighed?.subarray(0, records * weightBytes) ?? null,
    ];
  }
}
