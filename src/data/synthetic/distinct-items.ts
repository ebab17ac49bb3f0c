/** Draws different items for a user. */

/** Where a user's items are collected. */
export interface ChosenItems {
  /** The user's items; the first are filled already. */
  readonly chosen: Int32Array;
  /** [items], the last user who chose each item. */
  readonly chosenBy: Int32Array;
}

/** How items are drawn. */
export interface ItemDraws {
  /** A likely item. */
  readonly draw: () => number;
  /** Any item. */
  readonly drawAny: () => number;
  /** After so many misses in a row any item is drawn: by then the user has most of the likely ones. */
  readonly maxMisses: number;
}

/**
 * Fills the rest of `chosen` with items that the user has not chosen yet, by rejection.
 *
 * @param size - how many of `chosen` are filled
 */
export function fillWithDistinct(
  user: number,
  { chosen, chosenBy }: ChosenItems,
  size: number,
  { draw, drawAny, maxMisses }: ItemDraws,
): void {
  let misses = 0;
  for (let filled = size; filled < chosen.length; ) {
    const item = misses < maxMisses ? draw() : drawAny();
    if (chosenBy[item] === user) {
      misses++;
    } else {
      misses = 0;
      chosenBy[item] = user;
      chosen[filled++] = item;
    }
  }
}
