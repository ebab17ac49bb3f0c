/** The items of the map in groups by one of their fields. */

import type { Field, MapItem } from '../server/api.js';
import type { Groups } from './color-by.js';

/** More values of a text share one group. */
const maxValues = 15;
/** Numbers with more values are put into parts of about as many items each. */
const maxNumbers = 8;
const numberParts = 5;
const others = 'Others';

type GroupOf = (item: MapItem) => string | null;

/** Texts by their number of items; numbers, dates and truth values in their own order. */
export function fieldGroups(items: readonly MapItem[], { name, type }: Field): Groups {
  const fieldValueOf = (item: MapItem) => {
    const value = item.fields?.[name];
    return Array.isArray(value) ? value[0] : value;
  };
  if (type === 'number') return numberGroups(items, (item) => numberIn(fieldValueOf(item)));
  const textOf: GroupOf = (item) => {
    const value = fieldValueOf(item);
    if (value === undefined) return null;
    if (type === 'boolean') return value === true ? 'Yes' : 'No';
    // A date reads by its year.
    return type === 'date' ? String(value).slice(0, 4) : String(value);
  };
  const counts = counted(items, textOf);
  if (type === 'boolean' || type === 'date') {
    return { counts: counts.toSorted(([a], [b]) => b.localeCompare(a)), of: textOf };
  }
  const bySize = counts.toSorted(([, a], [, b]) => b - a);
  if (bySize.length <= maxValues) return { counts: bySize, of: textOf };
  const named = new Set(bySize.slice(0, maxValues).map(([value]) => value));
  const of: GroupOf = (item) => {
    const value = textOf(item);
    return value === null || named.has(value) ? value : others;
  };
  const rest = bySize.slice(maxValues).reduce((sum, [, count]) => sum + count, 0);
  return { counts: [...bySize.slice(0, maxValues), [others, rest]], of };
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function numberGroups(
  items: readonly MapItem[],
  numberOf: (item: MapItem) => number | null,
): Groups {
  const values = items.flatMap((item) => numberOf(item) ?? []).toSorted((a, b) => a - b);
  const different = [...new Set(values)];
  const show = (value: number) => value.toLocaleString('en', { maximumFractionDigits: 2 });
  if (different.length <= maxNumbers) {
    const of: GroupOf = (item) => {
      const value = numberOf(item);
      return value === null ? null : show(value);
    };
    const counts = new Map(counted(items, of));
    return { counts: different.map((value) => [show(value), counts.get(show(value))!]), of };
  }
  const edges = Array.from(
    { length: numberParts },
    (_, part) => values[Math.ceil(((part + 1) * values.length) / numberParts) - 1]!,
  ).filter((edge, part, all) => edge !== all[part - 1]);
  const names = edges.map((edge, part) =>
    part === 0 ? `to ${show(edge)}` : `above ${show(edges[part - 1]!)} to ${show(edge)}`,
  );
  const of: GroupOf = (item) => {
    const value = numberOf(item);
    return value === null ? null : names[edges.findIndex((edge) => value <= edge)]!;
  };
  const counts = new Map(counted(items, of));
  return { counts: names.map((each) => [each, counts.get(each)!]), of };
}

function counted(items: readonly MapItem[], of: GroupOf): [name: string, items: number][] {
  const counts = new Map<string, number>();
  for (const item of items) {
    const group = of(item);
    if (group !== null) counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  return [...counts];
}
