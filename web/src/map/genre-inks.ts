/** The colours of the genres on the map. */

const colorCount = 8;

/**
 * The number of distinct inks: each colour as a disc, then each as a ring, because more colours would look alike. The
 * remaining genres, those with the fewest items, share a grey.
 */
export const inkCount = 2 * colorCount;

/** How the dots of a group look. */
export interface Ink {
  /** `#rrggbb` or `#rgb`. */
  readonly color: string;
  readonly isRing: boolean;
}

/** The genres of the given items with their numbers of items, the most frequent first; ties by name. */
export function genreCounts(
  items: readonly { readonly genre: string | null }[],
): [genre: string, items: number][] {
  const counts = new Map<string, number>();
  for (const { genre } of items) {
    if (genre !== null) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
}

/** The inks of the current colour scheme, from the style sheet; the grey is last. */
export function inks(): Ink[] {
  const style = getComputedStyle(document.documentElement);
  const ink = (name: number | string, isRing: boolean): Ink => ({
    color: style.getPropertyValue(`--ink-${name}`).trim(),
    isRing,
  });
  const places = [...Array(inkCount).keys()];
  return [
    ...places.map((place) => ink(place % colorCount, place >= colorCount)),
    ink('other', false),
  ];
}

/** The classes of a dot in the legend. @param place - of its group */
export function inkClass(place: number): string {
  if (place >= inkCount) return 'dot ink-other';
  return `dot ink-${place % colorCount}${place >= colorCount ? ' ring' : ''}`;
}
