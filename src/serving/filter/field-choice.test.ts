/** Which fields of its items an answer shows. */
import { describe, expect, it } from 'vitest';
import type { Field } from '../../data/items/fields.js';
import { ArgumentError } from '../../errors.js';
import { chosenFields, type FieldsSource, fieldPicker } from './field-choice.js';

const known: Field[] = [
  { name: 'price', type: 'number' },
  { name: 'brand', type: 'text' },
];
const lamp = { brand: 'Alba', price: 3 };

describe('fieldPicker', () => {
  it('shows what is chosen and there, in the order of the choice', () => {
    const pick = (...fields: string[]) => fieldPicker({ fields }, () => known)!;
    expect(Object.entries(pick('price', 'brand', 'price')(lamp))).toEqual([
      ['price', 3],
      ['brand', 'Alba'],
    ]);
    expect(pick('price')({ brand: 'Alba' })).toEqual({});
    expect(pick('brand', '*')(lamp)).toEqual(lamp);
  });

  it('is null where nothing is chosen, and does not ask for the fields then', () => {
    const never = () => {
      throw new Error('asked');
    };
    expect(fieldPicker({}, never)).toBeNull();
    expect(fieldPicker({ fields: [] }, never)).toBeNull();
  });

  it('names a field that no item has, and those that there are', () => {
    const choose = (fields: Field[]) => () => fieldPicker({ fields: ['*', 'size'] }, () => fields);
    expect(choose(known)).toThrow(ArgumentError);
    expect(choose(known)).toThrow('fields is "size"; give some of these: price, brand, or *');
    expect(choose([])).toThrow('give some of these: none, as no item has one');
  });
});

describe('chosenFields', () => {
  const store = {
    itemFields: async () => known,
    storedItems: async (ids: readonly string[]) =>
      ids.map((id) => ({ fields: id === 'lamp' ? lamp : {} })),
  } as unknown as FieldsSource;

  it('gives those of each item, and reads nothing where none is chosen', async () => {
    const choice = { fields: ['price'] };
    expect(await chosenFields(store, ['lamp', 'other'], choice)).toEqual([{ price: 3 }, {}]);
    expect(await chosenFields(null as never, ['lamp'], { fields: [] })).toBeNull();
    expect(await chosenFields(null as never, ['lamp'], {})).toBeNull();
  });
});
