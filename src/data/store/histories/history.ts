/**
 * A user's ratings as bytes in the database: records of 24 bytes, little-endian, in file order.
 *
 *   bytes 0-3 item index | 4-7 position | 8-15 rating, a double, NaN: none | 16-23 timestamp, a double, NaN: none
 *
 * `position` is the number of rows that the import accepted before the first row of this user and item. Weights are bytes
 * of their own, a double a record, because most data have none. Without them, each record weighs 1.
 */
import { type ClickRule, isClick, isEnough } from '../../click.js';

/** Bytes of one stored rating. */
export const recordBytes = 24;
/** Bytes of one stored weight. */
export const weightBytes = 8;

/** A view of one user's stored ratings. */
export class History {
  readonly length: number;
  readonly #view: DataView;
  readonly #weights: DataView | null;

  constructor(bytes: Uint8Array, weights: Uint8Array | null = null) {
    this.#view = viewOf(bytes);
    this.#weights = weights === null ? null : viewOf(weights);
    this.length = bytes.byteLength / recordBytes;
  }

  item(record: number): number {
    return this.#view.getInt32(record * recordBytes, true);
  }

  position(record: number): number {
    return this.#view.getInt32(record * recordBytes + 4, true);
  }

  /** NaN where there is none. */
  rating(record: number): number {
    return this.#view.getFloat64(record * recordBytes + 8, true);
  }

  /** Seconds since 1970; NaN where there is none. */
  timestamp(record: number): number {
    return this.#view.getFloat64(record * recordBytes + 16, true);
  }

  /** The sum of the weights of the user's rows of the item; 1 where the data have no weights. */
  weight(record: number): number {
    return this.#weights === null ? 1 : this.#weights.getFloat64(record * weightBytes, true);
  }

  isClick(record: number, { threshold, minWeight }: ClickRule): boolean {
    return isClick(this.rating(record), threshold) && isEnough(this.weight(record), minWeight);
  }

  /** How many ratings are a click. */
  clicks(rule: ClickRule): number {
    let clicks = 0;
    for (let r = 0; r < this.length; r++) if (this.isClick(r, rule)) clicks++;
    return clicks;
  }

  /** The record of an item; -1 where there is none. */
  find(item: number): number {
    for (let record = 0; record < this.length; record++) {
      if (this.item(record) === item) return record;
    }
    return -1;
  }

  /** Sets a record's item and position; `rate` sets the rest. */
  place(record: number, item: number, position: number): void {
    this.#view.setInt32(record * recordBytes, item, true);
    this.#view.setInt32(record * recordBytes + 4, position, true);
  }

  /** Sets a record's rating and timestamp. */
  rate(record: number, rating: number, timestamp: number): void {
    this.#view.setFloat64(record * recordBytes + 8, rating, true);
    this.#view.setFloat64(record * recordBytes + 16, timestamp, true);
  }

  /** Sets a record's weight, in a history with weights. */
  weigh(record: number, weight: number): void {
    this.#weights?.setFloat64(record * weightBytes, weight, true);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
