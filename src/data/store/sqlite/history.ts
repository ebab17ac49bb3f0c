/**
 * A user's ratings as bytes in the database: records of 24 bytes, little-endian, in file order.
 *
 *   bytes 0-3 item index | 4-7 position | 8-15 rating, a double, NaN: none | 16-23 timestamp, a double, NaN: none
 *
 * `position` is the number of rows that the import accepted before the first row of this user and item.
 */
import { isClick } from '../../click.js';

/** Bytes of one stored rating. */
export const recordBytes = 24;

/** A view of one user's stored ratings. */
export class History {
  readonly length: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

  /** How many ratings are a click. */
  clicks(threshold: number): number {
    let clicks = 0;
    for (let r = 0; r < this.length; r++) if (isClick(this.rating(r), threshold)) clicks++;
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
}
