/** Which fields of its items an answer shows. */

import type { Field, ItemFields } from '../../data/items/fields.js';
import type { Store } from '../../data/store/store.js';
import { ArgumentError, quote } from '../../errors.js';

/** A choice of fields. */
export interface FieldsChoice {
  /** Names of fields, or `*` for all of them. Default: none, and an item has no `fields` then. */
  readonly fields?: readonly string[] | undefined;
}

/**
 * Makes what shows the chosen fields of an item, in the order of the choice; null where none is chosen.
 *
 * @param known - the fields that items have
 * @throws ArgumentError naming a field that no item has, and those that there are
 */
export function fieldPicker(
  { fields: names }: FieldsChoice,
  known: () => readonly Field[],
): ((fields: ItemFields) => ItemFields) | null {
  if (names === undefined || names.length === 0) return null;
  const all = known().map(({ name }) => name);
  const strange = names.find((name) => name !== '*' && !all.includes(name));
  if (strange !== undefined) {
    const there = all.length === 0 ? 'none, as no item has one' : `${all.join(', ')}, or *`;
    throw new ArgumentError(`fields is ${quote(strange)}; give some of these: ${there}`);
  }
  if (names.includes('*')) return (fields) => fields;
  const chosen = [...new Set(names)];
  return (fields) => {
    const own = chosen.filter((name) => Object.hasOwn(fields, name));
    return Object.fromEntries(own.map((name) => [name, fields[name]!]));
  };
}

/** The part of the store that fields are read from. */
export type FieldsSource = Pick<Store, 'storedItems' | 'itemFields'>;

/** The chosen fields of stored items; null where none is chosen. @throws ArgumentError as `fieldPicker` */
export async function chosenFields(
  store: FieldsSource,
  itemIds: readonly string[],
  choice: FieldsChoice,
): Promise<ItemFields[] | null> {
  if (!choice.fields?.length) return null;
  const known = await store.itemFields();
  const pick = fieldPicker(choice, () => known);
  return pick && (await store.storedItems(itemIds)).map(({ fields }) => pick(fields));
}
