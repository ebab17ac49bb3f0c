/** What the colours of the map stand for. */

import type { MapItem } from '../server/api.js';
import { capital, words } from '../words.js';
import { genreCounts } from './genre-inks.js';

/** What items can be coloured by. */
export const colorings = ['category', 'decade', 'popularity'] as const;
export type Coloring = (typeof colorings)[number];

/** The items in groups, each with a colour. */
export interface Groups {
  /** With their numbers of items; the place is the colour. */
  readonly counts: readonly (readonly [name: string, items: number])[];
  /** The group of an item; null for one whose field is not known. */
  readonly of: (item: MapItem) => string | null;
}

/** The colourings that tell these items apart. */
export function coloringsOf(items: readonly MapItem[]): Coloring[] {
  const known: Record<Coloring, boolean> = {
    category: items.some(({ genre }) => genre !== null),
    decade: items.some(({ year }) => year !== null),
    popularity: true,
  };
  return colorings.filter((each) => known[each]);
}

/** What a colouring is called in the words of the home. */
export function coloringName(coloring: Coloring): string {
  if (coloring === 'category') return capital(words.value.category);
  return coloring === 'decade' ? 'Decade' : `Number of ${words.value.events}`;
}

/** Parts of the items by popularity, the most clicked first. */
const parts = [
  [0.01, 'Top 1 %'],
  [0.1, 'Top 10 %'],
  [0.5, 'Upper half'],
  [1, 'Lower half'],
] as const;

/** The groups of items by a field; categories by size, the others in their own order. */
export function groupsOf(items: readonly MapItem[], coloring: Coloring): Groups {
  if (coloring === 'category') {
    return { counts: genreCounts(items), of: ({ genre }) => genre };
  }
  const of = coloring === 'decade' ? decadeOf : partOf(items);
  const counts = new Map<string, number>();
  for (const item of items) {
    const group = of(item);
    if (group !== null) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  if (coloring === 'popularity') {
    return {
      counts: parts.flatMap(([, name]) => (counts.has(name) ? [[name, counts.get(name)!]] : [])),
      of,
    };
  }
  // The newest decades have the colours; what is older shares the grey.
  return { counts: [...counts].sort(([a], [b]) => b.localeCompare(a)), of };
}

const decadeOf = ({ year }: MapItem) => (year === null ? null : `${Math.floor(year / 10) * 10}s`);

/** @param items - the most clicked first, as the server gives them */
function partOf(items: readonly MapItem[]): (item: MapItem) => string {
  const places = new Map(items.map(({ itemId }, place) => [itemId, place]));
  return ({ itemId }) => {
    const place = places.get(itemId) ?? items.length;
    return parts.find(([part]) => place < part * items.length)?.[1] ?? parts.at(-1)![1];
  };
}
