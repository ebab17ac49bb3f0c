/** The colours of the genres on the map. */

/** The number of distinct colours. The remaining genres, those with the fewest items, share a grey. */
export const inkCount = 8;

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

/** The colours of the current colour scheme, from the style sheet; the grey is last. */
export function inks(): string[] {
  const style = getComputedStyle(document.documentElement);
  return [...Array(inkCount).keys(), 'other'].map((name) =>
    style.getPropertyValue(`--ink-${name}`).trim(),
  );
}
