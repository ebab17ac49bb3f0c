/** Sparse item-item regressions. */

import type { ClickMatrix } from '../../../data/click-matrix.js';
import type { ItemChoices, ItemEquations } from '../operations.js';
import type { Binding } from './binding.js';

export interface RegressionKernels {
  /** The functions of this name in `operations/regression.ts` define what these compute. */
  correlatedItems(
    out: ItemChoices,
    clicks: ClickMatrix,
    users: ClickMatrix,
    block: { readonly first: number; readonly min: number },
  ): void;

  itemRegressions(
    out: ItemChoices,
    users: ClickMatrix,
    candidates: ClickMatrix,
    first: number,
    equations: ItemEquations,
  ): void;
}

export function regressionKernels(binding: Binding): RegressionKernels {
  return {
    correlatedItems({ items, values, most, rows: count }, clicks, users, { first, min }) {
      const { rows, columns } = clicks;
      const both = [clicks.offsets, clicks.items, users.offsets, users.items];
      binding.correlatedItems!(items, values, most, ...both, rows, columns, first, count, min);
    },

    itemRegressions({ items, values, most, rows: count }, users, candidates, first, equations) {
      const { lambda, clicks, userWeights } = equations;
      const inputs = [
        users.offsets,
        users.items,
        userWeights,
        candidates.offsets,
        candidates.items,
      ];
      const sizes = [users.columns, users.rows, first, count];
      binding.itemRegressions!(items, values, most, ...inputs, ...sizes, lambda, clicks);
    },
  };
}
