/** Sums and softmaxes whose columns are cut into blocks: what each block gives, combined along a binary tree. */

/** Numbers of a part: the largest logit f, Σ exp(f − largest), and Σ f over the clicked columns. */
export const partNumbers = 3;

/**
 * Combines the parts of blocks along a binary tree, neighbours first.
 *
 * @param parts - [rows, blocks, 3]
 * @returns [rows, 3]
 */
export function combinedBlocks(parts: Float32Array, rows: number, blocks: number): Float64Array {
  // Not `from`, which goes through an iterator.
  const tree = new Float64Array(parts);
  const combined = new Float64Array(rows * partNumbers);
  for (let row = 0; row < rows; row++) {
    const first = row * blocks * partNumbers;
    for (let distance = 1; distance < blocks; distance *= 2) {
      for (let block = 0; block + distance < blocks; block += 2 * distance) {
        const at = first + block * partNumbers;
        combineInto(tree, at, tree, at + distance * partNumbers);
      }
    }
    for (let k = 0; k < partNumbers; k++) combined[row * partNumbers + k] = tree[first + k]!;
  }
  return combined;
}

/**
 * Adds the sums of blocks along a binary tree, neighbours first.
 *
 * @param sums - [rows, blocks]; overwritten
 * @returns [rows]
 */
export function summedBlocks(sums: Float64Array, rows: number, blocks: number): Float64Array {
  const total = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const first = row * blocks;
    for (let distance = 1; distance < blocks; distance *= 2) {
      for (let at = first; at + distance < first + blocks; at += 2 * distance) {
        sums[at]! += sums[at + distance]!;
      }
    }
    total[row] = blocks === 0 ? 0 : sums[first]!;
  }
  return total;
}

/** (m, s, c) ← (max m, Σ s·exp(m − max), Σ c) of two parts, that of the lower columns first. */
export function combineInto(
  lower: Float64Array,
  at: number,
  upper: Float64Array,
  from: number,
): void {
  const a = lower[at]!;
  const b = upper[from]!;
  const largest = Math.max(a, b);
  const ofLower = a === largest ? 1 : Math.exp(a - largest);
  const ofUpper = b === largest ? 1 : Math.exp(b - largest);
  lower[at] = largest;
  lower[at + 1] = lower[at + 1]! * ofLower + upper[from + 1]! * ofUpper;
  lower[at + 2] = lower[at + 2]! + upper[from + 2]!;
}
