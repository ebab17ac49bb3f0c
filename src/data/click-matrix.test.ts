/** The click matrix: rows and counts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../errors.js';
import { ClickMatrix } from './click-matrix.js';

const rowsOf = (matrix: ClickMatrix) =>
  Array.from({ length: matrix.rows }, (_, u) => [...matrix.row(u)]);
const anyRows = fc.array(fc.uniqueArray(fc.nat(19), { maxLength: 20 }), { maxLength: 12 });

describe('ClickMatrix', () => {
  it('gives back its rows, whole, sliced and selected', () => {
    fc.assert(
      fc.property(anyRows, fc.nat(), fc.nat(), (rows, a, b) => {
        const matrix = ClickMatrix.fromRows(20, rows);
        expect(rowsOf(matrix)).toEqual(rows);
        expect(matrix.clicks).toBe(rows.flat().length);
        const first = a % (rows.length + 1);
        const last = first + (b % (rows.length + 1 - first));
        expect(rowsOf(matrix.slice(first, last))).toEqual(rows.slice(first, last));
        const reversed = rows.map((_, u) => rows.length - 1 - u);
        expect(rowsOf(matrix.select(reversed))).toEqual([...rows].reverse());
      }),
    );
  });

  it('keeps a range of columns, in place or alone', () => {
    fc.assert(
      fc.property(anyRows, fc.nat(20), fc.nat(20), (rows, a, b) => {
        const matrix = ClickMatrix.fromRows(20, rows);
        const first = Math.min(a, b);
        const last = Math.max(a, b);
        const kept = rows.map((row) => row.filter((item) => item >= first && item < last));
        const only = matrix.onlyColumns(first, last);
        expect([only.columns, rowsOf(only)]).toEqual([20, kept]);
        const between = matrix.columnsBetween(first, last);
        const moved = kept.map((row) => row.map((item) => item - first));
        expect([between.columns, rowsOf(between)]).toEqual([last - first, moved]);
      }),
    );
    expect(() => ClickMatrix.fromRows(3, []).onlyColumns(2, 4)).toThrow(ShapeError);
  });

  it('counts columns', () => {
    const matrix = ClickMatrix.fromRows(4, [[0, 2], [], [2]]);
    expect([...matrix.columnCounts()]).toEqual([1, 0, 2, 0]);
  });

  it.each([
    ['an item out of range', () => ClickMatrix.fromRows(3, [[3]])],
    ['a negative item', () => ClickMatrix.fromRows(3, [[-1]])],
    ['falling offsets', () => new ClickMatrix(3, Int32Array.of(0, 2, 1, 2), Int32Array.of(0, 1))],
    [
      'offsets that miss the end',
      () => new ClickMatrix(3, Int32Array.of(0, 1), Int32Array.of(0, 1)),
    ],
    ['no offsets', () => new ClickMatrix(3, new Int32Array(0), new Int32Array(0))],
    ['a row that is not there', () => ClickMatrix.fromRows(3, [[0]]).row(1)],
    ['a slice before the beginning', () => ClickMatrix.fromRows(3, [[0]]).slice(-1, 1)],
    ['a slice that ends before it begins', () => ClickMatrix.fromRows(3, [[0]]).slice(1, 0)],
    ['a row before the first', () => ClickMatrix.fromRows(3, [[0]]).row(-1)],
    ['a selection of no row', () => ClickMatrix.fromRows(3, [[0]]).select([1])],
    ['a slice past the end', () => ClickMatrix.fromRows(3, [[0]]).slice(0, 2)],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(ShapeError);
  });
});
