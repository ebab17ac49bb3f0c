/** The click matrix, which models, splits and metrics share. */
import { ShapeError } from '../errors.js';

/**
 * X in {0,1}^(U x I) in compressed sparse rows.
 *
 * Row u clicked `items[offsets[u] .. offsets[u+1])`, each item at most once, in the order of the ratings file. A matrix
 * is immutable: it shares its arrays with views, so do not write to them.
 */
export class ClickMatrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows + 1], the start of each row; the last entry is the number of clicks. */
  readonly offsets: Int32Array;
  /** [clicks], item indices. */
  readonly items: Int32Array;

  /**
   * Keeps the arrays without a copy. Use `fromRows` for lists.
   *
   * @throws ShapeError when the offsets do not describe rows of `items`, or an item is out of range
   */
  constructor(columns: number, offsets: Int32Array, items: Int32Array) {
    if (offsets.length === 0 || offsets[0] !== 0 || offsets[offsets.length - 1] !== items.length) {
      throw new ShapeError('offsets must begin with 0 and end with the number of clicks');
    }
    for (let u = 1; u < offsets.length; u++) {
      if (offsets[u]! < offsets[u - 1]!)
        throw new ShapeError(`offsets[${u}] is below its predecessor`);
    }
    for (let k = 0; k < items.length; k++) {
      const item = items[k]!;
      if (item < 0 || item >= columns) {
        throw new ShapeError(`item index ${item} is outside 0..${columns - 1}`);
      }
    }
    this.rows = offsets.length - 1;
    this.columns = columns;
    this.offsets = offsets;
    this.items = items;
  }

  /** A matrix of one list of item indices a row. It copies the lists. */
  static fromRows(columns: number, rows: readonly ArrayLike<number>[]): ClickMatrix {
    const offsets = new Int32Array(rows.length + 1);
    rows.forEach((row, u) => {
      offsets[u + 1] = offsets[u]! + row.length;
    });
    const items = new Int32Array(offsets[rows.length]!);
    rows.forEach((row, u) => {
      items.set(row, offsets[u]!);
    });
    return new ClickMatrix(columns, offsets, items);
  }

  /** The number of ones. */
  get clicks(): number {
    return this.items.length;
  }

  /** Row u's items: a view, not a copy. */
  row(u: number): Int32Array {
    this.#requireRow(u);
    return this.items.subarray(this.offsets[u]!, this.offsets[u + 1]!);
  }

  #requireRow(u: number): void {
    if (!(u >= 0 && u < this.rows)) throw new ShapeError(`row ${u} is outside 0..${this.rows - 1}`);
  }

  /** Rows first..last-1; the items are a view. */
  slice(first: number, last: number): ClickMatrix {
    if (!(first >= 0 && first <= last && last <= this.rows)) {
      throw new ShapeError(`rows ${first}..${last} are outside 0..${this.rows}`);
    }
    const start = this.offsets[first]!;
    const offsets = this.offsets.slice(first, last + 1).map((offset) => offset - start);
    return new ClickMatrix(this.columns, offsets, this.items.subarray(start, this.offsets[last]!));
  }

  /** A copy of the given rows, in the given order. */
  select(rows: ArrayLike<number>): ClickMatrix {
    const { offsets: from, items: source } = this;
    const offsets = new Int32Array(rows.length + 1);
    for (let r = 0; r < rows.length; r++) {
      const u = rows[r]!;
      this.#requireRow(u);
      offsets[r + 1] = offsets[r]! + from[u + 1]! - from[u]!;
    }
    const items = new Int32Array(offsets[rows.length]!);
    // Click by click, because a view of each row costs more than the copy.
    let k = 0;
    for (let r = 0; r < rows.length; r++) {
      const last = from[rows[r]! + 1]!;
      for (let at = from[rows[r]!]!; at < last; at++) items[k++] = source[at]!;
    }
    return new ClickMatrix(this.columns, offsets, items);
  }

  /** A copy of columns first..last-1: [rows, last - first], its items counted from `first`. */
  columnsBetween(first: number, last: number): ClickMatrix {
    const { offsets, items } = this.onlyColumns(first, last);
    return new ClickMatrix(
      last - first,
      offsets,
      items.map((item) => item - first),
    );
  }

  /** A copy in which columns outside first..last-1 are empty: [rows, columns]. */
  onlyColumns(first: number, last: number): ClickMatrix {
    if (!(first >= 0 && first <= last && last <= this.columns)) {
      throw new ShapeError(`columns ${first}..${last} are outside 0..${this.columns}`);
    }
    const isInside = (item: number) => item >= first && item < last;
    const offsets = new Int32Array(this.rows + 1);
    const items = new Int32Array(this.items.reduce((sum, item) => sum + Number(isInside(item)), 0));
    let kept = 0;
    for (let u = 0; u < this.rows; u++) {
      for (let k = this.offsets[u]!; k < this.offsets[u + 1]!; k++) {
        const item = this.items[k]!;
        if (isInside(item)) items[kept++] = item;
      }
      offsets[u + 1] = kept;
    }
    return new ClickMatrix(this.columns, offsets, items);
  }

  /** [rows], how many ones each row has. */
  rowLengths(): Int32Array {
    return this.offsets.slice(1).map((end, u) => end - this.offsets[u]!);
  }

  /** Xᵀ, [columns, rows]: for each item, the rows that clicked it, ascending. */
  transpose(): ClickMatrix {
    const offsets = new Int32Array(this.columns + 1);
    for (const item of this.items) offsets[item + 1]!++;
    for (let item = 0; item < this.columns; item++) offsets[item + 1]! += offsets[item]!;
    const next = offsets.slice();
    const rows = new Int32Array(this.clicks);
    for (let u = 0; u < this.rows; u++) {
      for (const item of this.row(u)) rows[next[item]!++] = u;
    }
    return new ClickMatrix(this.rows, offsets, rows);
  }

  /** [columns], how many rows clicked each item. */
  columnCounts(): Int32Array {
    const counts = new Int32Array(this.columns);
    for (const item of this.items) counts[item]!++;
    return counts;
  }
}
