/** The items of a file on their way into PostgreSQL, over a session that the test plays. */
import { describe, expect, it } from 'vitest';
import type { ItemRow } from '../../../files/items/item-row.js';
import { FieldTypes } from '../../items/field-types.js';
import type { ItemChange } from '../../items/item-change.js';
import { ItemIntake, type StoringOptions } from './item-intake.js';

const row = (id: string, fields: object = {}) => ({ itemId: id, fields }) as unknown as ItemRow;

async function play(rows: readonly ItemRow[], options: StoringOptions = {}) {
  const kept: string[] = [];
  const statements: string[] = [];
  const session = {
    run: async (text: string, values?: [string[]]) => {
      statements.push(text.trim().split(/\s+/).slice(0, 2).join(' '));
      if (values !== undefined) kept.push(...values[0]);
      return 0;
    },
    query: async (_: string, [last]: [number]) =>
      kept.map((text, k) => ({ place: k + 1, row: text })).slice(last, last + 2),
  };
  const converted: unknown[] = [];
  const changes: ItemChange[] = [];
  const keeps: boolean[] = [];
  const items = {
    types: new FieldTypes([{ name: 'price', type: 'number' }]),
    convert: async (field: unknown) => converted.push(field),
    change: async (
      ids: string[],
      changesOf: () => ItemChange[],
      { keep, onEach }: { keep: boolean; onEach: (...told: unknown[]) => void },
    ) => {
      keeps.push(keep);
      const made = changesOf();
      expect(ids).toEqual(made.map(({ itemId }) => itemId));
      changes.push(...made);
      const outcomes = ['created', 'changed', 'unchanged'];
      // The ratings of an item are as many as its id is long, but one.
      for (const id of ids) onEach(id, outcomes[changes.length % 3], id.length - 1);
    },
  };
  const intake = await ItemIntake.begin(session as never);
  await intake.add([]);
  await intake.add(rows);
  const outcome = await intake.store(items as never, options);
  return { outcome, changes, converted, keeps, statements, ids: await intake.ids() };
}

describe('an intake of items', () => {
  it('keeps the rows, page by page, and counts what became of them', async () => {
    const { outcome, changes, keeps, statements, ids } = await play([
      row('a', { price: '1' }),
      row('bb'),
      row('c'),
    ]);
    expect(statements).toEqual(['CREATE TEMPORARY', 'INSERT INTO']);
    expect(changes.map(({ itemId, fields }) => [itemId, fields])).toEqual([
      ['a', { price: 1 }],
      ['bb', {}],
      ['c', {}],
    ]);
    expect(keeps).toEqual([true, true]);
    expect(outcome).toEqual({
      created: 1,
      changed: 0,
      unchanged: 2,
      rated: 1,
      soldOut: 0,
      fields: [{ name: 'price', type: 'number' }],
      widened: [],
      notAvailability: null,
    });
    expect([...ids]).toEqual(['a', 'bb', 'c']);
  });

  it('tells which items are new, and asks the caller which are rated', async () => {
    const created: string[] = [];
    const { outcome, keeps } = await play([row('a'), row('b'), row('c')], {
      isWhole: true,
      onCreated: (id) => created.push(id),
      isRated: (id) => id !== 'bb',
    });
    expect([created, outcome.rated, keeps]).toEqual([['c'], 3, [false, false]]);
    expect((await play([row('bb')], { isRated: () => false })).outcome.rated).toBe(0);
  });

  it('converts the fields whose values meet another type', async () => {
    const { converted, outcome } = await play([row('a', { price: 'low' })]);
    const widened = { name: 'price', from: 'number', to: 'text' };
    expect([converted, outcome.widened]).toEqual([[widened], [widened]]);
  });

  it('knows by a field what is to be had, unless a value says something else', async () => {
    const rows = [row('a', { stock: 'yes' }), row('b', { stock: 'no' }), row('c')];
    const known = await play(rows, { availability: 'stock' });
    expect(known.changes.map(({ available }) => available)).toEqual([true, false, undefined]);
    expect(known.outcome).toMatchObject({ soldOut: 1, notAvailability: null });
    const odd = await play([...rows, row('d', { stock: 'blue' })], { availability: 'stock' });
    expect(odd.changes.map(({ available }) => available)).toEqual(Array(4).fill(undefined));
    expect(odd.outcome).toMatchObject({ soldOut: 0, notAvailability: 'blue' });
    expect((await play(rows)).changes[1]!.available).toBeUndefined();
  });
});
