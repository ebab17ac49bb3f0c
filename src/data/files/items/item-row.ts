/** A file of items whose format is known, and its rows, before the types of their fields are known. */
import type { ItemId } from '../../ids.js';
import type { FieldValue } from '../../items/fields.js';
import type { DataFile } from '../bytes/data-file.js';
import type { RecordBatch } from '../records/record-ratings.js';
import type { RowBatch } from '../text/table-rows.js';
import type { ItemColumns } from './item-columns.js';

/** What a file says about one item; absent: the file has no such column. */
export interface ItemRow {
  readonly itemId: ItemId;
  /** Null where the field is empty. */
  readonly title?: string | null;
  readonly year?: number | null;
  readonly genres?: readonly string[];
  /** The other columns by name, as the file writes them; an empty field is absent. */
  readonly fields?: Readonly<Record<string, FieldValue>>;
}

/** A row that breaks a rule at a place. */
export interface RowFault {
  readonly place: number;
  readonly rule: string;
}

/** Some rows of a file of items, as texts. */
export type ItemRowBatch = RecordBatch & Partial<Pick<RowBatch, 'swallowed'>>;

/** A file of items whose format is known. */
export interface ItemsFile {
  readonly file: DataFile;
  readonly path: string;
  /** The names of the columns. */
  readonly names: readonly string[];
  /** What separates the fields of a row where it is shown. */
  readonly delimiter: string;
  /** Null for a format of MovieLens. */
  readonly columns: ItemColumns | null;
  /** The place of the id in a row. */
  readonly id: number;
  readonly rows: () => AsyncGenerator<ItemRowBatch>;
  readonly read: (row: readonly string[]) => Omit<ItemRow, 'itemId'> | RowFault;
}

/** The year in the parentheses that end a title; the first of a span such as (1981-1982). Null when there is none. */
export function yearOf(title: string): number | null {
  const match = /\((\d{4})(?:\s?[-–]\s?(?:\d{4})?)?\)\s*$/.exec(title);
  return match === null ? null : Number(match[1]);
}
