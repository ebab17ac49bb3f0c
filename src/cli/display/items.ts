/** Says what an import understood of a file of items. */

import type { ItemPurpose } from '../../data/files/items/item-columns.js';
import type { ItemsSummary, UnderstoodItems } from '../../data/items/items-summary.js';
import { quote } from '../../errors.js';
import { counted } from './import.js';

const words: Readonly<Record<ItemPurpose, string>> = {
  id: 'id',
  title: 'title',
  category: 'category',
  year: 'year',
  available: 'availability',
};

/** What was understood of the items, a line for each part, each with the flags that change it. */
export function itemsLines(summary: ItemsSummary): string[] {
  return [
    ...itemColumnsLine(summary),
    ...fieldsLine(summary),
    ...widenedLines(summary),
    ...availabilityLine(summary),
  ];
}

/** What each column of a file of items is for; no line for a format of MovieLens. */
export function itemColumnsLine({ path, columns }: UnderstoodItems): string[] {
  if (columns === null) return [];
  const shown = columns.map(({ purpose, name }) => `${words[purpose]} ${quote(name)}`);
  const flags = columns.map(({ flag }) => flag);
  return [`items of ${path}: ${shown.join(', ')} (${flags.join(', ')})`];
}

function fieldsLine({ fields }: ItemsSummary): string[] {
  if (fields.length === 0) return [];
  const shown = fields.slice(0, 30).map(({ name, type }) => `${name} (${type})`);
  if (fields.length > 30) shown.push('…');
  return [`fields: ${shown.join(', ')} (recommend --fields, --where)`];
}

function widenedLines({ widened }: ItemsSummary): string[] {
  return widened.map(
    ({ name, from, to }) =>
      `the field ${quote(name)} was ${from} so far, and this file has other values in it: it is ${to} now, for every item`,
  );
}

function availabilityLine({ columns, soldOut, notAvailability }: ItemsSummary): string[] {
  const found = columns?.find(({ purpose }) => purpose === 'available');
  if (found === undefined) return [];
  const column = quote(found.name);
  if (notAvailability !== null) {
    return [
      `${column} does not say whether an item is to be had: ${quote(notAvailability)} is neither yes nor no, so every item counts as available`,
    ];
  }
  const are = soldOut === 1 ? 'is' : 'are';
  return [
    `${counted(soldOut, 'item')} ${are} not to be had by ${column}, so no answer holds ${soldOut === 1 ? 'it' : 'them'} (--no-available-column)`,
  ];
}
