/** Dates as people write them. */
import { describe, expect, it } from 'vitest';
import { compactDateIn, dateIn, firstPartOf, timeFormOf } from './dates.js';

const utc = (text: string) => Date.parse(text) / 1000;

describe('dateIn', () => {
  it.each([
    ['2023-11-14', '2023-11-14T00:00:00Z', false],
    ['2023-1-4', '2023-01-04T00:00:00Z', false],
    ['2023/11/14', '2023-11-14T00:00:00Z', false],
    ['2023.11.14', '2023-11-14T00:00:00Z', false],
    ['2023-11-14T09:30', '2023-11-14T09:30:00Z', false],
    ['2023-11-14 9:30:05', '2023-11-14T09:30:05Z', false],
    ['2023-11-14  09:30:05,25', '2023-11-14T09:30:05.250Z', false],
    ['2023-11-14t09:30:05.5z', '2023-11-14T09:30:05.500Z', true],
    ['2023-11-14 09:30 UTC', '2023-11-14T09:30:00Z', true],
    ['2023-11-14T09:30+02:00', '2023-11-14T07:30:00Z', true],
    ['2023-11-14T09:30-0530', '2023-11-14T15:00:00Z', true],
    ['2023-11-14T09:30+15', '2023-11-13T18:30:00Z', true],
    ['2023-11-14 12:05 am', '2023-11-14T00:05:00Z', false],
    ['2023-11-14 12:05 PM', '2023-11-14T12:05:00Z', false],
    ['2023-11-14 1:05p.m.', '2023-11-14T13:05:00Z', false],
    ['2023-11-14T24:00', '2023-11-15T00:00:00Z', false],
    ['20231114T093005Z', '2023-11-14T09:30:05Z', true],
    ['20231114T0930', '2023-11-14T09:30:00Z', false],
    ['20231114T093005.5+01', '2023-11-14T08:30:05.500Z', true],
    ['1969-12-31T23:59:59.25', '1969-12-31T23:59:59.250Z', false],
    ['2024-02-29', '2024-02-29T00:00:00Z', false],
  ])('reads %s', (text, iso, hasZone) => {
    expect(dateIn(text)).toEqual({ seconds: utc(iso), hasZone });
  });

  it.each([
    '2023-02-29',
    '2023-13-01',
    '2023-00-10',
    '2023-01-00',
    '0000-01-01',
    // A zone would bring it into the year 1.
    '0000-12-31T23:30-01:00',
    '2023-11-14T24:01',
    '2023-11-14T24:00:01',
    '2023-11-14T25:00',
    '2023-11-14T09:60',
    '2023-11-14T09:30:60',
    '2023-11-14 13:05 pm',
    '2023-11-14 0:05 am',
    '2023-11-14T09:30+16:00',
    '2023-11-14T09:30+02:60',
  ])('finds no such time: %s', (text) => {
    expect(dateIn(text)?.seconds).toBeNaN();
  });

  it.each(['', '2023', '2023-11', '2023-11/14', 'on 2023-11-14', '2023-11-14T', '2023-11-14 x'])(
    'takes %j for no date',
    (text) => {
      expect(dateIn(text)).toBeNull();
    },
  );
});

describe('compactDateIn', () => {
  it('reads dates without separators', () => {
    expect(compactDateIn('20231114')?.seconds).toBe(utc('2023-11-14'));
    expect(compactDateIn('202311140930')?.seconds).toBe(utc('2023-11-14T09:30Z'));
    expect(compactDateIn('20231114093015')?.seconds).toBe(utc('2023-11-14T09:30:15Z'));
    expect(compactDateIn('20231199')?.seconds).toBeNaN();
    for (const text of ['2023111', '2023111409', '2023111409301', '202311140930ab', 'x20231114']) {
      expect(compactDateIn(text), text).toBeNull();
    }
  });
});

describe('how a column writes its times', () => {
  it.each([
    [['', ' '], 'usual'],
    [['1700000000'], 'usual'],
    [['2023-11-14', '2023-11-15'], 'usual'],
    [['20231114', ' 20231115 ', ''], 'compact'],
    [['20231114', '1700000000'], 'usual'],
    [['20239914'], 'usual'],
    [['30231114'], 'usual'],
    [['14/11/2023'], 'doubtful'],
    [['2023-11-14', '1.2.23'], 'doubtful'],
    [['1/2-2023'], 'usual'],
    [['1/2/202'], 'usual'],
    [['1/2/20231'], 'usual'],
    [['123/2/2023'], 'usual'],
  ])('%j', (values, form) => {
    expect(timeFormOf(values)).toBe(form);
  });

  it.each([
    [['1/2/2023', ' 13/2/2023'], 'days'],
    [['1/2/2023', '2/13/2023'], 'months'],
    [['13/14/2023'], 'days'],
    [['12/12/2023', 'x'], null],
    [[], null],
  ])('%j shows what comes first', (values, first) => {
    expect(firstPartOf(values)).toBe(first);
  });
});
