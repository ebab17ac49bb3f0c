/** The item catalogue and its search. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importRatings } from '../../import.js';
import { RatingsDatabase } from './ratings-database.js';

let folder: string;
let home: string;
let database: RatingsDatabase;

async function importTitles(name: string, titles: string[], ratings: string[], how = {}) {
  const source = join(folder, name);
  rmSync(source, { recursive: true, force: true });
  mkdirSync(source);
  writeFileSync(join(source, 'ratings.csv'), ['userId,movieId,rating', ...ratings].join('\n'));
  writeFileSync(join(source, 'movies.csv'), ['movieId,title,genres', ...titles].join('\n'));
  await importRatings(home, source, how);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-catalogue-'));
  home = join(folder, 'home');
  const titles = [
    '1,Amélie (2001),Comedy|Romance',
    '2,"Matrix, The (1999)",Action|Sci-Fi',
    '3,"Matrix Reloaded, The (2003)",Action|Sci-Fi',
    '4,"""Great"" Performances ""Cats"" (1998)",Musical',
    '5,Los amantes del círculo polar (1998),Drama|Romance',
    '6,Amelia (2009),Drama',
    '7,Война и мир (1967),Drama|War',
    '8,100% Wolf (2020),Animation',
    '10,千と千尋の神隠し (2001),Fantasy',
    '11,ドラゴンボールZ 復活の「F」 (2015),Animation',
    '12,ลุงบุญมีระลึกชาติ (2010),Drama',
    '13,神 (1999),Drama',
    '14,千年女優 神隠しの夏 (2001),Drama',
  ];
  const ratings = ['u,3,5', 'v,3,1', 'w,3,4', 'u,2,5', 'v,100,4'];
  await importTitles('films', titles, ratings);
  database = RatingsDatabase.open(home);
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const found = (query: string, n = 10) =>
  database.listItems({ query, n }).map((item) => item.itemId);

describe('listItems', () => {
  it.each([
    ['amel', ['1', '6']],
    ['AMÉLIE', ['1']],
    ['amelie', ['1']],
    ['circulo', ['5']],
    ['the matr', ['3', '2']],
    ['matrix rel', ['3']],
    ['война', ['7']],
    ['ВОЙН', ['7']],
    ['1998 polar', ['5']],
    ['cats', ['4']],
    ['"Great', ['4']],
    ['100%', ['8', '100']],
    ['100', ['8', '100']],
    ['nothing', []],
    ['matrix OR amelie', []],
    ['NEAR(matrix', []],
    ['name:matrix', []],
    ['matrix -reloaded', ['3']],
    ['" * ^ ( - ', []],
    ['amelie\0', ['1']],
    ['atrix', []],
    ['神隠し', ['10', '14']],
    ['神隠', ['10', '14']],
    ['神', ['10', '13', '14']],
    ['千と千尋', ['10']],
    ['千尋 神隠し', ['10']],
    ['神隠し 2001', ['10', '14']],
    ['神隠し(2001', ['10', '14']],
    ['神隠し 1999', []],
    ['千と千尋の神隠し「2001」', ['10']],
    ['ボールz', ['11']],
    ['復活 F', ['11']],
    ['บุญมี', ['12']],
    // A pattern of LIKE would want the one after the other.
    ['神%尋', ['10']],
  ])('finds by %j', (query, expected) => {
    expect(found(query).sort()).toEqual([...expected].sort());
  });

  it('accepts a query of any length', () => {
    expect(found('a '.repeat(5000)).sort()).toEqual(['1', '5', '6']);
  });

  it('puts the best item first, by match and by number of users', () => {
    expect(found('matrix')).toEqual(['3', '2']);
    expect(found('matrix', 1)).toEqual(['3']);
    expect(found('romance')).toEqual([]);
    expect(found('神')).toEqual(['13', '10', '14']);
    expect(found('神', 1)).toEqual(['13']);
  });
});

describe('the catalogue', () => {
  it('counts genres and users', () => {
    expect(database.genres()).toContainEqual({ genre: 'Sci-Fi', items: 2 });
    expect(database.genres().map(({ genre }) => genre)).toEqual(
      database
        .genres()
        .map(({ genre }) => genre)
        .toSorted(),
    );
    expect(database.item('3')).toMatchObject({ title: 'Matrix Reloaded, The (2003)', clicks: 3 });
    expect(database.item('100')).toEqual({
      itemId: '100',
      title: null,
      genres: [],
      year: null,
      clicks: 1,
      available: true,
      addedAt: expect.closeTo(Date.now() / 1000, -2),
    });
    expect(database.item('101')).toBeNull();
    expect(database.listItems({ n: 2 }).map(({ itemId }) => itemId)).toEqual(['3', '2']);
    const ids = ['7', 'none', '1'];
    expect(database.wholeCatalogue(ids).items.map(({ entry }) => entry)).toEqual(
      database.catalogue(ids),
    );
    expect(database.wholeCatalogue(ids).items).toEqual(database.storedItems(ids));
  });

  it('updates search, genres and counts when data are appended or replaced', async () => {
    await importTitles(
      'more',
      ['2,Matrix One (1999),Action|Cult', '9,Zardoz (1974),Cult'],
      ['x,9,5', 'x,3,5'],
      {
        append: true,
      },
    );
    expect(found('zardoz')).toEqual(['9']);
    expect(found('matrix one')).toEqual(['2']);
    expect(found('matrix the')).toEqual(['3']);
    expect(database.item('3')?.clicks).toBe(4);
    expect(database.item('9')?.clicks).toBe(1);
    expect(database.genres()).toContainEqual({ genre: 'Cult', items: 2 });
    expect(database.userRatings('x')!.map(({ itemId }) => itemId)).toEqual(['9', '3']);
    expect(database.dataset()).toMatchObject({ items: 4, catalogue: 15 });

    await importTitles('other', ['1,Solaris (1972),Sci-Fi'], ['x,1,5'], { replace: true });
    expect(found('matrix')).toEqual([]);
    expect(found('solaris')).toEqual(['1']);
    expect(database.genres()).toEqual([{ genre: 'Sci-Fi', items: 1 }]);
    expect(database.userRatings('x')!.map(({ itemId }) => itemId)).toEqual(['1']);
  });
});
