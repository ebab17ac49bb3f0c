/** How an item stands against the list before: places up (below 0: down), or new in it. */
export type Movement = number | 'new';

/**
 * What moved from one list to the next.
 *
 * @param before - ids, best first; empty where there was no list
 * @param after - ids, best first; what comes behind the length of `before` need not be new, and is left out
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
  /** Items that both have. */
  readonly shared: number;
  /** Mean number of places between an item's two ranks, over the shared ones; null without any. */
  readonly meanShift: number | null;
  /** The shared item with the most places between its ranks; null without any that moved. */
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
