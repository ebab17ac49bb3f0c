/** The rows of the table of items, and what they mean. */
import type { ItemId } from '../../../ids.js';
import type { Field, ItemFields } from '../../../items/fields.js';
import type { CatalogueEntry, ItemSummary, StoredItem } from '../../catalogue.js';

/** The columns of a `StoredItem`. */
export const itemColumns =
  'id, title, year, genres, available AND NOT removed AS available, fields';

/** A row of these columns. */
export interface ItemRecord {
  readonly id: string;
  readonly title: string | null;
  readonly year: number | null;
  /** JSON */
  readonly genres: string;
  readonly available: boolean;
  /** JSON */
  readonly fields: string;
}

/** A row of the columns of an `ItemSummary`. */
export interface SummaryRecord extends Omit<ItemRecord, 'fields'> {
  readonly clicks: number;
  readonly addedAt: number | null;
}

/** Most data sets have no fields, so that their items share this. */
const noFields: ItemFields = Object.freeze({});

export function entryOf({
  id,
  title,
  genres,
  year,
}: Omit<ItemRecord, 'available' | 'fields'>): CatalogueEntry {
  return { itemId: id as ItemId, title, genres: JSON.parse(genres), year };
}

/** The entry of an id that is not stored. */
export function noEntry(id: string): CatalogueEntry {
  return { itemId: id as ItemId, title: null, genres: [], year: null };
}

export function storedItem(row: ItemRecord): StoredItem {
  return { entry: entryOf(row), available: row.available, fields: fieldsOf(row.fields) };
}

/** What is stored of an unknown id. */
export function noItem(id: string): StoredItem {
  return { entry: noEntry(id), available: true, fields: noFields };
}

export function summaryOf(row: SummaryRecord): ItemSummary {
  const { clicks, available, addedAt } = row;
  return { ...entryOf(row), clicks, available, addedAt };
}

/** The fields of an item from their JSON. */
export function fieldsOf(json: string): ItemFields {
  return json === '{}' ? noFields : (JSON.parse(json) as ItemFields);
}

/** The fields that items have, from the row of the catalogue. */
export function fieldListOf(json: string): Field[] {
  return JSON.parse(json) as Field[];
}
