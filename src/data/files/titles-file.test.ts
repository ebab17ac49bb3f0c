/** Titles files: titles, genres and years. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { yearOf } from './items/item-row.js';
import { readTitles, recogniseTitles } from './titles-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-titles-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: string | Buffer) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const titles = [];
  const refused = [];
  let trimmedIds = 0;
  for await (const batch of readTitles(await recogniseTitles(path))) {
    titles.push(...batch.titles);
    refused.push(...batch.refused);
    trimmedIds += batch.trimmedIds;
  }
  return { titles, refused, trimmedIds };
}

const flags = (...set: number[]) =>
  Array.from({ length: 19 }, (_, i) => (set.includes(i) ? 1 : 0)).join('|');

describe('readTitles', () => {
  it('reads ids as ratings files do: without blanks around them, and none that is no id', async () => {
    const long = 'x'.repeat(501);
    const content = `movieId,title,genres\n 3,A,\n1.0 ,B,\n1,C,\n${long},D,\n" ",E,\n"a\nb",F,\n`;
    const { titles, refused, trimmedIds } = await read('movies.csv', content);
    expect(titles.map(({ itemId, title }) => [itemId, title])).toEqual([
      ['3', 'A'],
      ['1.0', 'B'],
      ['1', 'C'],
    ]);
    expect(trimmedIds).toBe(2);
    expect(refused.map(({ line, column, rule }) => [line, column, rule])).toEqual([
      [5, 'movieId', 'an id must have at most 500 characters'],
      [6, 'movieId', 'an id must not be empty'],
      [7, 'movieId', 'an id must not hold a control character'],
    ]);
  });

  it('gives the bad rows in the order of their lines, whatever is wrong with them', async () => {
    // Line 3 cannot be cut into fields; the ids of the others are none.
    const content = 'movieId,title,genres\n" ",A,\n"1"x,B,\n,C,\n2,D,\n';
    const { titles, refused } = await read('ordered.csv', content);
    expect(refused.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(refused.map(({ value }) => value)).toEqual([' ', undefined, '']);
    expect(titles.map(({ itemId }) => itemId)).toEqual(['2']);
  });

  it('reads u.item: Latin-1, genre flags, the release date where the title has no year', async () => {
    const text = `1|Café Noir (1995)|01-Jan-1996||url|${flags(1, 8)}\n2|Untitled|04-Feb-1971|||${flags(0)}\n3||||| ${flags()}\n`;
    const { titles } = await read('u.item', Buffer.from(text.replace('| 0', '|0'), 'latin1'));
    expect(titles).toEqual([
      { itemId: '1', title: 'Café Noir (1995)', year: 1995, genres: ['Action', 'Drama'] },
      { itemId: '2', title: 'Untitled', year: 1971, genres: [] },
      { itemId: '3', title: null, year: null, genres: [] },
    ]);
  });

  it('reads movies.dat as UTF-8 where it is valid UTF-8, else as Latin-1', async () => {
    for (const encoding of ['latin1', 'utf8'] as const) {
      const { titles } = await read(
        'movies.dat',
        Buffer.from('7::Élan (1960)::Drama|War\n', encoding),
      );
      expect(titles).toEqual([
        { itemId: '7', title: 'Élan (1960)', year: 1960, genres: ['Drama', 'War'] },
      ]);
    }
  });

  it('reads movies.csv: quotes, CRLF, no genres', async () => {
    const { titles } = await read(
      'movies.csv',
      'movieId,title,genres\r\n1,"One, ""Two"" (2001)",Comedy\r\n2,Three,(no genres listed)\r\n',
    );
    expect(titles).toEqual([
      { itemId: '1', title: 'One, "Two" (2001)', year: 2001, genres: ['Comedy'] },
      { itemId: '2', title: 'Three', year: null, genres: [] },
    ]);
  });

  it('refuses rows with too few fields, without an id, or with an open quote', async () => {
    const { titles, refused } = await read(
      'movies.csv',
      'movieId,title,genres\n1,One\n,Two,Drama\n3,"Three,Drama\n4,Four,Drama\n',
    );
    expect(titles.map((title) => title.itemId)).toEqual(['4']);
    expect(refused.map(({ line, rule }) => [line, rule])).toEqual([
      [2, 'the row has 2 fields where 3 are expected'],
      [3, 'an id must not be empty'],
      [4, 'a quote that opens must close'],
    ]);
  });

  it('refuses a file of another format', async () => {
    await expect(read('movies.csv', 'a,b\n1,2\n')).rejects.toThrow(/none is found among "a", "b"/);
    await expect(read('movies.csv', 'a\n1\n')).rejects.toThrow(/is not a file of items/);
  });
});

describe('yearOf', () => {
  it.each([
    ['Heat (1995)', 1995],
    ['Heat (1995) ', 1995],
    ['Serial (2006–2007)', 2006],
    ['Serial (2006-)', 2006],
    ['1984', null],
    ['(500) Days', null],
    ['Heat (95)', null],
  ])('%s', (title, year) => expect(yearOf(title)).toBe(year));
});
