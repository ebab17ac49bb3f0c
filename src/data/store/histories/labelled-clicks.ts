/** Makes a click matrix of the stored histories. */
import type { ClickRule } from '../../click.js';
import { ClickMatrix } from '../../click-matrix.js';
import { type ItemId, idOrder, type UserId } from '../../ids.js';
import type { LabelledClicks } from '../../split/users.js';
import type { History } from './history.js';

/** Whose clicks a matrix holds, and which. */
export interface ClickChoice {
  /** By index. */
  readonly userIds: readonly UserId[];
  readonly itemIds: readonly ItemId[];
  readonly rule: ClickRule;
  /** Users with fewer clicks are left out, and users without any. */
  readonly minClicks: number;
  /** Whether the times of the clicks are read too. Default: false. */
  readonly withTimes?: boolean;
}

/**
 * Fills a matrix in two passes over all histories, in any order: `count` each, then `begin`, then `fill` each. So it
 * holds nothing else in memory that is as large as the result.
 */
export class ClickCollector {
  readonly #choice: ClickChoice;
  /** By user. */
  readonly #counts: Int32Array;
  readonly #starts: Int32Array;
  #kept: number[] = [];
  #offsets = new Int32Array(1);
  #items = new Int32Array(0);
  #positions = new Int32Array(0);
  #times: Float64Array | null = null;

  constructor(choice: ClickChoice) {
    this.#choice = choice;
    this.#counts = new Int32Array(choice.userIds.length);
    this.#starts = new Int32Array(choice.userIds.length).fill(-1);
  }

  /** The first pass. */
  count(user: number, history: History): void {
    this.#counts[user]! += history.clicks(this.#choice.rule);
  }

  /** Ends the first pass. */
  begin(): void {
    const { userIds: ids, minClicks, withTimes = false } = this.#choice;
    const counts = this.#counts;
    const kept = [...ids.keys()].filter((user) => counts[user]! >= Math.max(1, minClicks));
    const order = idOrder(kept.map((user) => ids[user]!));
    kept.sort((a, b) => order(ids[a]!, ids[b]!));
    const offsets = new Int32Array(kept.length + 1);
    kept.forEach((user, u) => {
      this.#starts[user] = offsets[u]!;
      offsets[u + 1] = offsets[u]! + counts[user]!;
    });
    this.#kept = kept;
    this.#offsets = offsets;
    this.#items = new Int32Array(offsets[kept.length]!);
    this.#positions = new Int32Array(this.#items.length);
    if (withTimes) this.#times = new Float64Array(this.#items.length);
  }

  /** The second pass. */
  fill(user: number, history: History): void {
    let at = this.#starts[user]!;
    if (at < 0) return;
    for (let r = 0; r < history.length; r++) {
      if (!history.isClick(r, this.#choice.rule)) continue;
      this.#items[at] = history.item(r);
      if (this.#times !== null) this.#times[at] = history.timestamp(r);
      this.#positions[at++] = history.position(r);
    }
  }

  /** The matrix, after the second pass. */
  clicks(): LabelledClicks {
    const { userIds, itemIds } = this.#choice;
    return {
      userIds: this.#kept.map((user) => userIds[user]!),
      itemIds,
      clicks: new ClickMatrix(itemIds.length, this.#offsets, this.#items),
      positions: this.#positions,
      ...(this.#times !== null && { times: this.#times }),
    };
  }
}
