/** What an import understood of a file of items, and what the file brought. */
import { type ItemPurpose, itemFlags, itemPurposes } from '../files/items/item-columns.js';
import type { ItemsFile } from '../files/items/item-row.js';
import type { ItemsOutcome } from '../store/items/item-typing.js';

/** A column whose purpose was understood. */
export interface UsedItemColumn {
  readonly purpose: ItemPurpose;
  readonly name: string;
  /** The flag that names it. */
  readonly flag: string;
}

/** What was understood of a file of items. */
export interface UnderstoodItems {
  readonly path: string;
  /** The columns that have a purpose; null for a format of MovieLens. */
  readonly columns: readonly UsedItemColumn[] | null;
}

/** What a file of items brought. */
export interface ItemsSummary extends ItemsOutcome, UnderstoodItems {}

/** The summary of a file whose items are stored. */
export function itemsSummaryOf(file: ItemsFile, outcome: ItemsOutcome): ItemsSummary {
  return { ...outcome, ...understoodItems(file) };
}

/** What was understood of a file's header. */
export function understoodItems({ path, names, columns }: ItemsFile): UnderstoodItems {
  if (columns === null) return { path, columns };
  const used = itemPurposes.flatMap((purpose) => {
    const place = columns.places[purpose];
    if (place === undefined) return [];
    return [{ purpose, name: names[place]!.trim(), flag: itemFlags[purpose] }];
  });
  return { path, columns: used };
}

/** The field that says whether an item is to be had; undefined where the file has none. */
export function availabilityOf(file: ItemsFile | null): string | undefined {
  const place = file?.columns?.places.available;
  return place === undefined ? undefined : file!.names[place]!.trim();
}
