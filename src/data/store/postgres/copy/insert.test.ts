/** The statements that insert the rows of a copy. */
import { describe, expect, it } from 'vitest';
import { HomeError } from '../../../../errors.js';
import { type CopiedTable, copiedTables, type Row } from '../../copy/contents.js';
import { storedKey } from '../feedback/feedback-table.js';
import { insert, withKeys } from './insert.js';

async function statement(table: CopiedTable, ...rows: Row[]) {
  const asked: [string, unknown][] = [];
  const run = async (text: string, values: unknown) =>
    asked.push([text.replace(/\s+/g, ' '), values]);
  await insert({ run } as never, table, rows);
  expect(asked).toHaveLength(1);
  return asked[0]!;
}

describe('insert', () => {
  it('gives the columns of a table as arrays', async () => {
    expect(await statement(copiedTables.users, [0, 'a'], [1, 'b'])).toEqual([
      'INSERT INTO store.users (user_index, id) SELECT user_index, id FROM unnest($1::bigint[], $2::text[]) AS copied (user_index, id)',
      [
        [0, 1],
        ['a', 'b'],
      ],
    ]);
    const [text, values] = await statement(copiedTables.histories, [0, Buffer.of(1), null]);
    expect(text).toContain('unnest($1::bigint[], $2::bytea[], $3::bytea[])');
    expect(values).toEqual([[0], [Buffer.of(1)], [null]]);
  });

  it('marks the one row of a data set', async () => {
    const row = ['n', 'h', 1, 2, 3, 4, 5, 0.5, 5, '[]', 't', null];
    const [text, values] = await statement(copiedTables.dataset, row);
    expect(text).toMatch(/^INSERT INTO store\.dataset \(only_row, name, .*SELECT 0, name, /);
    expect(text).toMatch(/AS copied \(name, /);
    expect(text).toContain('double precision[]');
    expect(values).toEqual(row.map((cell) => [cell]));
  });

  it.each([copiedTables.catalogue, copiedTables.rule_book])(
    'changes the one row of $name that is there',
    async (table) => {
      const [first, second] = Object.keys(table.columns);
      expect(await statement(table, [7, 'x'])).toEqual([
        `UPDATE store.${table.name} SET ${first} = $1, ${second} = $2`,
        [7, 'x'],
      ]);
    },
  );

  it('adds the words of an item: of its title, or of its id where it has none', async () => {
    const item = (id: string, title: string | null): Row => {
      const values = { item_index: 0, id, title };
      return Object.keys(copiedTables.items.columns).map(
        (name) => values[name as keyof typeof values] ?? null,
      );
    };
    const [text, values] = await statement(
      copiedTables.items,
      item('x-1', 'Üben am Abend'),
      item('x-2', null),
    );
    expect(text).toContain('feedback_users, words, word_count) SELECT item_index, id,');
    expect(text).toContain('boolean[]');
    expect(text).toMatch(/\$13::bigint\[\], \$14::text\[\], \$15::integer\[\]\) AS copied/);
    expect((values as unknown[]).slice(13)).toEqual([
      ['uben am abend', 'x 2'],
      [3, 2],
    ]);
  });

  it('stores the keys of feedback in their own form, and other tables as they are', async () => {
    const row = [1, 'k\0\\', 'u', 'i', null, null, 7, null, null, null];
    const [, values] = await statement(copiedTables.feedback, row);
    expect((values as unknown[][])[1]).toEqual([storedKey('k\0\\')]);
    expect((values as unknown[][])[2]).toEqual(['u']);
    const rows = [[1, 'a']];
    expect(withKeys(copiedTables.users, rows, () => 'x')).toBe(rows);
  });

  it('refuses a text with NUL', async () => {
    const refused = statement(copiedTables.users, [0, 'a'], [1, 'b\0']);
    await expect(refused).rejects.toBeInstanceOf(HomeError);
    await expect(refused).rejects.toThrow(/^id of "b\\u0000" in users holds the character NUL/);
  });
});
