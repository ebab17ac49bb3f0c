/** What becomes of an item when it is changed. */
import { ArgumentError, quote } from '../../../errors.js';
import type { FieldValue, ItemFields } from '../../items/fields.js';
import type { FieldTypes } from './field-types.js';

/** What is said of an item. What is absent stays as it is, or gets its default where the item is written whole. */
export interface ItemChange {
  readonly itemId: string;
  /** Null or absent: none. */
  readonly title?: string | null | undefined;
  readonly year?: number | null | undefined;
  /** The categories; absent: none. */
  readonly genres?: readonly string[] | undefined;
  /** Whether an answer may hold the item. Default: true. */
  readonly available?: boolean | undefined;
  /** By name; null removes a field. */
  readonly fields?: Readonly<Record<string, FieldValue | null>> | undefined;
}

/** What became of an item. */
export type ItemOutcome = 'created' | 'changed' | 'unchanged';

/** What a store keeps of an item, beside its id, its counts and its place. */
export interface ItemValues {
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: readonly string[];
  readonly available: boolean;
  readonly fields: ItemFields;
  /** Seconds since 1970; null: unknown. */
  readonly addedAt: number | null;
  /** Whether it was written without ratings, so that an import that replaces these keeps it. */
  readonly own: boolean;
  /** Whether it is in no answer and no search; histories keep its index. */
  readonly removed: boolean;
}

/** The values of an item of which nothing is said yet. */
export const nothingSaid: ItemValues = {
  title: null,
  year: null,
  genres: [],
  available: true,
  fields: {},
  addedAt: null,
  own: false,
  removed: false,
};

/** How a change is made. */
export interface ChangeContext {
  /** Whether what the change leaves out stays; else it gets its default. */
  readonly keep: boolean;
  /** Seconds since 1970. */
  readonly now: number;
  /** Whether the item is one of the shop's from now on. */
  readonly own: boolean;
  /** The transaction's; a new field is added to it. */
  readonly types: Pick<FieldTypes, 'accept'>;
}

/**
 * The values of an item after a change.
 *
 * @param before - null for an item that is not stored
 * @returns `values` is null where nothing is to be written
 * @throws ArgumentError for a field's value
 */
export function changedItem(
  before: ItemValues | null,
  change: ItemChange,
  { keep, now, own, types }: ChangeContext,
): { readonly outcome: ItemOutcome; readonly values: ItemValues | null } {
  const isNew = before === null || before.removed;
  const base = keep ? (before ?? nothingSaid) : nothingSaid;
  const { title, year, genres, available, fields = {} } = change;
  const values: ItemValues = {
    title: title === undefined ? base.title : title,
    year: year === undefined ? base.year : year,
    genres: genres ?? base.genres,
    available: available ?? base.available,
    fields: changedFields(base.fields, fields, types),
    addedAt: isNew ? now : before.addedAt,
    own: own || (before?.own ?? false),
    removed: false,
  };
  if (!isNew && isSameItem(before, values)) return { outcome: 'unchanged', values: null };
  return { outcome: isNew ? 'created' : 'changed', values };
}

/** The values of an item that is removed from every answer and search. */
export function removedItem(before: Pick<ItemValues, 'addedAt'> | null): ItemValues {
  return { ...nothingSaid, addedAt: before?.addedAt ?? null, own: true, removed: true };
}

function changedFields(
  before: ItemFields,
  change: Readonly<Record<string, FieldValue | null>>,
  types: ChangeContext['types'],
): ItemFields {
  const fields = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(change)) {
    if (value === null) fields.delete(name);
    else fields.set(name, types.accept(name, value));
  }
  return Object.fromEntries(fields);
}

/** The order of fields counts: answers show it. */
function isSameItem(a: ItemValues, b: ItemValues): boolean {
  const key = ({ title, year, genres, available, fields, addedAt, own, removed }: ItemValues) =>
    JSON.stringify([title, year, genres, available, fields, addedAt, own, removed]);
  return key(a) === key(b);
}

/** Names the item in the message of what is wrong with it. */
export function ofItem<T>(itemId: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new ArgumentError(`item ${quote(itemId)}: ${error.message}`, { cause: error });
  }
}
