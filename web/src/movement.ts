/** How ranked lists differ: which items moved, and how far. */

/** How many places an item moved since the previous list: positive is up, negative is down; or `new`. */
export type Movement = number | 'new';

/**
 * The items that moved between two lists.
 *
 * @param before - ids, best first; empty when there was no list
 * @param after - ids, best first; items beyond the length of `before` are ignored, because they may have been there
 */
export function movements(
  before: readonly string[],
  after: readonly string[],
): ReadonlyMap<string, Movement> {
  const placeOf = new Map(before.map((id, place) => [id, place]));
  const moved = new Map<string, Movement>();
  after.slice(0, before.length).forEach((id, place) => {
    const old = placeOf.get(id);
    if (old === undefined) moved.set(id, 'new');
    else if (old !== place) moved.set(id, old - place);
  });
  return moved;
}

/** How alike two lists are. */
export interface Likeness {
  /** The number of items in both lists. */
  readonly shared: number;
  /** Mean distance between the two ranks of a shared item; null without shared items. */
  readonly meanShift: number | null;
  /** The shared item that moved farthest; null if none moved. */
  readonly farthest: { readonly id: string; readonly shift: number } | null;
}

/** Compares two lists of ids, best first; a shift is positive where the second ranks the item higher. */
export function likeness(first: readonly string[], second: readonly string[]): Likeness {
  const places = new Map(second.map((id, place) => [id, place]));
  const shifts = first.flatMap((id, place) => {
    const other = places.get(id);
    return other === undefined ? [] : [{ id, shift: place - other }];
  });
  const size = ({ shift }: { shift: number }) => Math.abs(shift);
  const farthest = shifts.reduce<Likeness['farthest']>(
    (most, each) => (size(each) > (most === null ? 0 : size(most)) ? each : most),
    null,
  );
  const sum = shifts.reduce((total, each) => total + size(each), 0);
  return {
    shared: shifts.length,
    meanShift: shifts.length === 0 ? null : sum / shifts.length,
    farthest,
  };
}
