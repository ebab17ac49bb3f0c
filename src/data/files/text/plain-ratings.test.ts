/** Which rows are read in the fast way. Others are left to csv-parse, which reads or refuses them. */
import { describe, expect, it } from 'vitest';
import { IdIndex } from '../id-index.js';
import { RatingList } from '../rating-list.js';
import { TimeReader } from '../values/times.js';
import type { Delimiter } from './delimiters.js';
import { type ColumnRole, PlainRatings } from './plain-ratings.js';

interface Given {
  readonly delimiter?: Delimiter;
  readonly encoding?: 'utf8' | 'latin1';
  readonly roles?: readonly ColumnRole[];
  readonly times?: TimeReader;
}

function read(text: string, given: Given = {}) {
  const { delimiter = ',', encoding = 'utf8', times = new TimeReader() } = given;
  const { roles = ['user', 'item', 'rating', 'timestamp'] } = given;
  const users = new IdIndex();
  const items = new IdIndex();
  const scale = { low: 0.5, high: 5 };
  const plain = new PlainRatings({
    format: { delimiter, encoding },
    roles,
    scale,
    users,
    items,
    times,
  });
  const list = new RatingList();
  const bytes = Buffer.from(text, encoding);
  const next = plain.read(bytes, 0, list);
  if (next < 0) {
    expect([next, list.count, users.ids.length, items.ids.length]).toEqual([-1, 0, 0, 0]);
    return null;
  }
  expect(list.count).toBe(1);
  return {
    row: [users.ids[0], items.ids[0], list.ratings[0], list.timestamps[0]],
    weight: list.weights?.[0] ?? null,
    rest: bytes.toString(encoding, next),
  };
}

describe('a plain row', () => {
  it.each([
    ['1,2,3.5,99\n', ['1', '2', 3.5, 99]],
    ['1,2,3.5,99\r\n', ['1', '2', 3.5, 99]],
    ['1,2,3.5,99', ['1', '2', 3.5, 99]],
    ['0,1234567,5,0\n', ['0', '1234567', 5, 0]],
    ['12345678,007,0.5,1\n', ['12345678', '007', 0.5, 1]],
    ['a b,~!x9,5.0,1.25\n', ['a b', '~!x9', 5, 1.25]],
    ['9a,ü,4,1430000000123\n', ['9a', 'ü', 4, 1_430_000_000.123]],
    ['a,b,4.,1\n', ['a', 'b', 4, 1]],
    ['a,b,1.2345678901234,1\n', ['a', 'b', 1.2345678901234, 1]],
    ['a,b,4,2023-11-14\n', ['a', 'b', 4, 1_699_920_000]],
    ['a,b,4,2023-11-14 09:30\n', ['a', 'b', 4, 1_699_954_200]],
    ['a,b,4,123456789012.25\n', ['a', 'b', 4, 123456789012.25]],
    [`${'x'.repeat(500)},b,4,1\n`, ['x'.repeat(500), 'b', 4, 1]],
  ])('%j', (text, row) => {
    expect(read(text)).toEqual({ row, weight: null, rest: '' });
    // What follows is the next row.
    if (text.endsWith('\n')) expect(read(`${text}5,6,1,1\n`)?.rest).toBe('5,6,1,1\n');
  });

  it.each([
    '1,2,3.5\n',
    '1,2,3.5,99,7\n',
    '1,2,3.5,99x\n',
    '1,2,3.5,99 \n',
    '1,2,3.5,99\r',
    '1,2,3.5x,99\n',
    '1,2,,99\n',
    '1,2,3,\n',
    '1,2,.5,99\n',
    '1,2,-1,99\n',
    '1,2,+1,99\n',
    '1,2,0.49,99\n',
    '1,2,5.01,99\n',
    '1,2,1e0,99\n',
    '1,2,3-1,99\n',
    '1,2,"3",99\n',
    // More digits than a double keeps.
    '1,2,1.23456789012345,99\n',
    '1,2,4,1234567890123456\n',
    '1,2,4,2023-02-30\n',
    '1,2,4,2023-11-14x\n',
    ',2,3,99\n',
    '1,,3,99\n',
    ' 1,2,3,99\n',
    '1 ,2,3,99\n',
    '1, 2,3,99\n',
    'a\u0007,2,3,99\n',
    '\u00a0a,2,3,99\n',
    'a\u0085,2,3,99\n',
    `${'x'.repeat(501)},2,3,99\n`,
    '\n',
    '',
  ])('is not %j', (text) => {
    expect(read(text)).toBeNull();
  });

  it('is separated by its delimiter', () => {
    expect(read('1::2::3::9\n', { delimiter: '::' })?.row).toEqual(['1', '2', 3, 9]);
    expect(read('1::2:3::9\n', { delimiter: '::' })).toBeNull();
    expect(read('1:2:3:9\n', { delimiter: '::' })).toBeNull();
    expect(read('1,2,3,9\n', { delimiter: '|' })).toBeNull();
    expect(read('a b 3 9\n', { delimiter: ' ' })?.row).toEqual(['a', 'b', 3, 9]);
    expect(read('a b 3 2023-11-14 09:30\n', { delimiter: ' ' })).toBeNull();
  });

  it('has commas before decimals between semicolons alone', () => {
    const row = ['1', '2', 3.5, 9.25];
    expect(read('1;2;3,5;9,25\n', { delimiter: ';' })?.row).toEqual(row);
    expect(read('1;2;3.5;9.25\n', { delimiter: ';' })?.row).toEqual(row);
    expect(read('1|2|3,5|9\n', { delimiter: '|' })).toBeNull();
  });

  it('has its columns in any order, with others between and weights', () => {
    const roles = ['other', 'item', 'weight', 'other', 'user'] as const;
    expect(read(',i,2.5,"x",u\n', { roles })).toEqual({
      row: ['u', 'i', Number.NaN, Number.NaN],
      weight: 2.5,
      rest: '',
    });
    expect(read(',i,-2,x,u\n', { roles })).toBeNull();
    expect(read(',i,,x,u\n', { roles })).toBeNull();
    expect(read('x,i,2,12\u0007,u\n', { roles })?.row[0]).toBe('u');
  });

  it('has ids in the encoding of the file', () => {
    expect(read('é,ñ,3,9\n', { encoding: 'latin1' })?.row).toEqual(['é', 'ñ', 3, 9]);
  });

  it('counts dates without a zone, and none of a row that is not plain', () => {
    const times = new TimeReader();
    read('a,b,4,2023-11-14\n', { times });
    read('a,b,4,2023-11-14T09:30:00Z\n', { times });
    read('a,b,4,2023-11-14,x\n', { times });
    read('a,b,9,2023-11-14\n', { times });
    expect(times.withoutZone).toBe(1);
    read('a,b,4,1430000000123\n', { times });
    read('a,b,4,253402300799\n', { times });
    read('a,b,4,253402300800\n', { times });
    expect(times.milliseconds).toBe(2);
  });
});

it.each([
  ['usual', ['user', 'item', 'timestamp'], true],
  ['compact', ['user', 'item', 'timestamp'], false],
  ['compact', ['user', 'item', 'rating'], true],
] as const)('reads tables with %s times and the columns %j: %s', (form, roles, canRead) => {
  const plain = new PlainRatings({
    format: { delimiter: ',', encoding: 'utf8' },
    roles,
    scale: { low: 0, high: 5 },
    users: new IdIndex(),
    items: new IdIndex(),
    times: new TimeReader({ form }),
  });
  expect(plain.canRead).toBe(canRead);
});
