/** What the colours of the map stand for. */

import { cardFields, home } from '../home.js';
import type { Field, MapItem } from '../server/api.js';
import { capital, words } from '../words.js';
import { fieldGroups } from './field-groups.js';
import { genreCounts } from './genre-inks.js';

/** What items can be coloured by: a field's name stands after `field:`. */
export type Coloring = 'category' | 'decade' | 'popularity' | `field:${string}`;

/** The items in groups, each with a colour. */
export interface Groups {
  /** With their numbers of items; the place is the colour. */
  readonly counts: readonly (readonly [name: string, items: number])[];
  /** The group of an item; null for one whose field is not known. */
  readonly of: (item: MapItem) => string | null;
}

/** The colourings that these items can have. */
export function coloringsOf(items: readonly MapItem[]): Coloring[] {
  const { image, link } = cardFields.value;
  const fields = home.value.fields.filter(({ name }) => name !== image && name !== link);
  return [
    ...(items.some(({ genre }) => genre !== null) ? (['category'] as const) : []),
    ...(items.some(({ year }) => year !== null) ? (['decade'] as const) : []),
    'popularity',
    ...fields.map(({ name }) => `field:${name}` as const),
  ];
}

/** The field of a colouring; null for another, and for one that the home does not have. */
export function fieldOf(coloring: string | null): Field | null {
  return home.value.fields.find(({ name }) => coloring === `field:${name}`) ?? null;
}

/** What a colouring is called in the words of the home. */
export function coloringName(coloring: Coloring): string {
  const field = fieldOf(coloring);
  if (field !== null) return capital(field.name.replaceAll('_', ' '));
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
  const field = fieldOf(coloring);
  if (field !== null) return fieldGroups(items, field);
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
