/** So many colours are told apart; the genres with the fewest items share a grey. */
export const inkCount = 8;

/** The genres of some items, the most frequent first, each with its number of items. */
export function genreCounts(
  items: readonly { readonly genre: string | null }[],
): [genre: string, items: number][] {
  const counts = new Map<string, number>();
  for (const { genre } of items) {
    if (genre !== null) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
}

/** Colours of the present scheme, the grey last, from the style sheet. */
export function inks(): string[] {
  const style = getComputedStyle(document.documentElement);
  return [...Array(inkCount).keys(), 'other'].map((name) =>
    style.getPropertyValue(`--ink-${name}`).trim(),
  );
}
