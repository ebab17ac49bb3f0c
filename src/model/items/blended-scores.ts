/** What a blend does to the scores of its members. */

import type { ClickMatrix } from '../../data/click-matrix.js';

/** Takes the losses from the scores of each row that has a click. */
export function subtractLosses(sums: Float32Array, losses: Float32Array, rows: ClickMatrix): void {
  for (let u = 0; u < rows.rows; u++) {
    if (rows.row(u).length === 0) continue;
    const start = u * losses.length;
    for (let i = 0; i < losses.length; i++) sums[start + i]! -= losses[i]!;
  }
}

/** Adds weight · z-score to each sum; z-scores are per row of `columns` scores. */
export function addStandardized(
  sums: Float32Array,
  scores: Float32Array,
  columns: number,
  weight: number,
): void {
  for (let start = 0; start < scores.length; start += columns) {
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += scores[i]!;
    const mean = sum / columns;
    let squares = 0;
    for (let i = start; i < start + columns; i++) squares += (scores[i]! - mean) ** 2;
    if (squares === 0) continue;
    const factor = weight / Math.sqrt(squares / columns);
    for (let i = start; i < start + columns; i++) sums[i]! += factor * (scores[i]! - mean);
  }
}
