/** Sparse item-item regressions: the items that correlate with each item, and an item's weights from a few others. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import { ConfigError } from '../../errors.js';
import type { Engine } from '../engine.js';
import { loadNativeKernels } from '../native/addon.js';
import type { ItemChoices, ItemEquations } from '../native/operations.js';

export type { ItemChoices, ItemEquations } from '../native/operations.js';

/** Some consecutive items. */
export interface ItemBlock {
  readonly first: number;
  readonly count: number;
  /** How many items are kept for each. */
  readonly most: number;
  /** The least |r| of an item that is kept. Default: 0. */
  readonly min?: number;
}

/**
 * For each item of a block, the items of the largest |r|, ties by lower index, with it. r is the correlation of two
 * columns of X over all users,
 *
 *   r_ij = (c_ij − n_i·n_j/U) / √((n_i − n_i²/U)·(n_j − n_j²/U))
 *
 * where c_ij users clicked both and n_i users clicked i. Items that nobody clicked together do not count.
 *
 * @param clicks - [U, I]
 * @param users - the same by item, [I, U]
 */
export function correlatedItems(
  { name }: Engine,
  clicks: ClickMatrix,
  users: ClickMatrix,
  { first, count, most, min = 0 }: ItemBlock,
): ItemChoices {
  const out = emptyChoices(count, most);
  if (name === 'native') loadNativeKernels().correlatedItems(out, clicks, users, { first, min });
  else correlate(out, clicks, users, { first, min: Math.fround(min) });
  return out;
}

/**
 * For each row of candidates, the weights w of the item `first` + row from them,
 *
 *   (G + diag(λ + clicks·G_ii))·w = g
 *
 * where G adds the weights of the users who clicked each two of the candidates, and g of those who clicked a candidate and
 * the item. The largest |w| are kept, ties by lower index.
 *
 * @param users - by item, [I, U]
 * @param candidates - for each item of the block some items, ascending, never the item itself
 * @throws ConfigError when λ is too small for f32
 */
export function itemRegressions(
  { name }: Engine,
  users: ClickMatrix,
  candidates: ClickMatrix,
  { first, most }: Pick<ItemBlock, 'first' | 'most'>,
  equations: ItemEquations,
): ItemChoices {
  const out = emptyChoices(candidates.rows, most);
  if (name === 'native') {
    loadNativeKernels().itemRegressions(out, users, candidates, first, equations);
  } else regress(out, users, candidates, first, equations);
  const unsolved = out.values.findIndex(Number.isNaN);
  if (unsolved >= 0) {
    throw new ConfigError(
      `the equations of item ${first + Math.floor(unsolved / most)} are not positive definite; a larger lambda makes them so`,
    );
  }
  return out;
}

function emptyChoices(rows: number, most: number): ItemChoices {
  const items = new Int32Array(rows * most).fill(-1);
  return { rows, most, items, values: new Float32Array(rows * most) };
}

function correlate(
  out: ItemChoices,
  clicks: ClickMatrix,
  users: ClickMatrix,
  { first, min }: { readonly first: number; readonly min: number },
): void {
  const spread = Float64Array.from({ length: users.rows }, (_, item) => {
    const n = users.row(item).length;
    return Math.sqrt(n - n ** 2 / clicks.rows);
  });
  const together = new Int32Array(users.rows);
  for (let row = 0; row < out.rows; row++) {
    const item = first + row;
    const found: number[] = [];
    for (const u of users.row(item)) {
      for (const j of clicks.row(u)) if (together[j]!++ === 0) found.push(j);
    }
    const own = users.row(item).length;
    const choices: Choice[] = [];
    for (const j of found) {
      const spreads = spread[item]! * spread[j]!;
      if (j !== item && spreads > 0) {
        const covered = together[j]! - (own * users.row(j).length) / clicks.rows;
        const strength = Math.fround(Math.abs(covered) / spreads);
        if (strength >= min) choices.push({ item: j, strength, value: strength });
      }
      together[j] = 0;
    }
    writeStrongest(out, row, choices);
  }
}

function regress(
  out: ItemChoices,
  users: ClickMatrix,
  candidates: ClickMatrix,
  first: number,
  equations: ItemEquations,
): void {
  for (let row = 0; row < out.rows; row++) {
    const items = [...candidates.row(row), first + row];
    const gram = gramOf(users, items, equations.userWeights);
    for (let s = 0; s + 1 < items.length; s++) {
      gram[s]![s] = gram[s]![s]! * (1 + equations.clicks) + equations.lambda;
    }
    const weights = solve(gram);
    if (weights === null) {
      out.values.fill(Number.NaN, row * out.most, (row + 1) * out.most);
      continue;
    }
    const choices = Array.from(weights, (value, s) => ({
      item: items[s]!,
      strength: Math.abs(value),
      value,
    }));
    writeStrongest(out, row, choices);
  }
}

/** The weights of the users who clicked each two of the items, on and above the diagonal. */
function gramOf(
  users: ClickMatrix,
  items: readonly number[],
  userWeights: Float32Array,
): Float64Array[] {
  const gram = items.map(() => new Float64Array(items.length));
  const lists = new Map<number, number[]>();
  items.forEach((item, s) => {
    for (const u of users.row(item)) {
      const list = lists.get(u);
      if (list === undefined) lists.set(u, [s]);
      else list.push(s);
    }
  });
  for (const [u, list] of lists) {
    list.forEach((s, k) => {
      for (const t of list.slice(k)) gram[s]![t]! += userWeights[u]!;
    });
  }
  return gram;
}

/**
 * Gaussian elimination of symmetric equations without exchange of rows.
 *
 * @param rows - on and above the diagonal; the last column is the right-hand side, and the last row is not used
 * @returns null where a pivot is not positive
 */
function solve(rows: readonly Float64Array[]): Float32Array | null {
  const n = rows.length - 1;
  for (let k = 0; k < n; k++) {
    const pivot = rows[k]![k]!;
    if (!(pivot > 0)) return null;
    for (let i = k + 1; i < n; i++) {
      const factor = rows[k]![i]! / pivot;
      for (let j = i; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!;
    }
  }
  const x = new Float32Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i]![n]!;
    for (let j = i + 1; j < n; j++) sum -= rows[i]![j]! * x[j]!;
    x[i] = sum / rows[i]![i]!;
  }
  return x;
}

interface Choice {
  readonly item: number;
  readonly strength: number;
  readonly value: number;
}

/** Writes the strongest of the choices to a row, in the order of items. */
function writeStrongest(
  { most, items, values }: ItemChoices,
  row: number,
  choices: Choice[],
): void {
  const kept = choices
    .sort((a, b) => b.strength - a.strength || a.item - b.item)
    .slice(0, most)
    .sort((a, b) => a.item - b.item);
  kept.forEach(({ item, value }, k) => {
    items[row * most + k] = item;
    values[row * most + k] = value;
  });
}
