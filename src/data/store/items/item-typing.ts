/** Turns the rows of a file of items into changes of items: all rows together decide the types of the fields. */
import type { ItemRow } from '../../files/items/item-row.js';
import { availabilityOf } from '../../items/availability.js';
import { FieldTyping, typed } from '../../items/field-typing.js';
import type { Field, FieldType } from '../../items/fields.js';
import type { FieldTypes, WidenedField } from './field-types.js';
import type { ItemChange } from './item-change.js';

/** What a file of items brought. */
export interface ItemsOutcome {
  readonly created: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Rows of the file on an item with a rating. */
  readonly rated: number;
  /** Those that are not to be had. */
  readonly soldOut: number;
  /** The fields of the file, as the catalogue has them now. */
  readonly fields: readonly Field[];
  readonly widened: readonly WidenedField[];
  /** A value of the availability column that says neither yes nor no, so that the column decides nothing; else null. */
  readonly notAvailability: string | null;
}

/**
 * Observes the rows of a file in a first pass; `begin` decides the types, and `changeOf` makes the changes in a second
 * pass over the same rows.
 */
export class ItemTyping {
  readonly #typing = new FieldTyping();
  readonly #types = new Map<string, FieldType>();
  #availability: string | undefined;
  #notAvailability: string | null = null;
  #soldOut = 0;

  /** Takes note of a row. */
  observe(row: ItemRow): void {
    this.#typing.observe(row.fields ?? {});
  }

  /**
   * Ends the first pass: makes room for the file's fields in those of the catalogue.
   *
   * @param fields - the catalogue's, which get new names and wider types
   * @param options - `availability`: the field that says whether an item is to be had; `notAvailability`: what
   *   `notAvailabilityOf` found among the rows
   * @returns the fields that got another type: the caller converts the stored values of these (`converted`) now
   */
  begin(
    fields: FieldTypes,
    {
      availability,
      notAvailability,
    }: { readonly availability?: string | undefined; readonly notAvailability: string | null },
  ): WidenedField[] {
    this.#availability = availability;
    this.#notAvailability = notAvailability;
    const widened: WidenedField[] = [];
    for (const [name, seen] of this.#typing.types()) {
      const isYesOrNo = name === availability && notAvailability === null && seen !== 'number';
      const change = fields.widen(name, isYesOrNo ? 'boolean' : seen);
      if (change !== null) widened.push(change);
      this.#types.set(name, fields.type(name)!);
    }
    return widened;
  }

  /** The change that a row means. */
  changeOf({ itemId, fields = {}, ...row }: ItemRow): ItemChange {
    const name = this.#availability;
    const said = name === undefined ? undefined : fields[name];
    const available =
      said === undefined || this.#notAvailability !== null ? undefined : availabilityOf(said)!;
    if (available === false) this.#soldOut++;
    const values = Object.entries(fields).map(([field, value]) => {
      const type = this.#types.get(field)!;
      const isYesOrNo = field === name && type === 'boolean' && available !== undefined;
      return [field, isYesOrNo ? available : typed(value, type)] as const;
    });
    return { ...row, itemId, available, fields: Object.fromEntries(values) };
  }

  /** What of the outcome this knows, after the second pass. */
  outcome(): Pick<ItemsOutcome, 'soldOut' | 'fields' | 'notAvailability'> {
    return {
      soldOut: this.#soldOut,
      fields: Array.from(this.#types, ([name, type]) => ({ name, type })),
      notAvailability: this.#notAvailability,
    };
  }
}

/** A value of the availability field that says neither that an item is to be had nor that it is not; null for none. */
export function notAvailabilityOf({ fields = {} }: ItemRow, name: string): string | null {
  const value = fields[name];
  return value !== undefined && availabilityOf(value) === null ? String(value) : null;
}
