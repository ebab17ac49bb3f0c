/** One remark for all records whose quotes hold lines that could be rows. */
import { expect, it } from 'vitest';
import { SwallowedRecords } from './swallowed-rows.js';

const record = (line: number, lastLine: number, rows: number) => ({
  line,
  lastLine,
  rows: Array.from({ length: rows }, () => ['x']),
});

it('says nothing where there is none', () => {
  const records = new SwallowedRecords('a.csv', '--replace');
  records.add([]);
  expect(records.remarks()).toEqual([]);
});

it('names the first one, with its part of the file, and counts the others', () => {
  const records = new SwallowedRecords('a.csv', '--append');
  records.add([], 'none.csv');
  records.add([record(2, 5, 3)], 'part.csv');
  expect(records.remarks()).toEqual([
    expect.stringMatching(
      /^part\.csv, line 2: quotes join the lines 2 to 5 into one row, but 3 of them could be rows too\. .*--no-quotes --append$/,
    ),
  ]);
  records.add([record(1, 9, 1)], 'later.csv');
  records.add([record(1, 9, 1), record(10, 11, 1)]);
  expect(records.remarks()).toEqual([
    expect.stringMatching(/^part\.csv, line 2: .* 3 of them .* \(the same in 3 more places\)\. /),
  ]);
});

it('is of the file where it has one part', () => {
  const records = new SwallowedRecords('a.csv', '');
  records.add([record(4, 5, 1)]);
  expect(records.remarks()[0]).toMatch(/^a\.csv, line 4: .*one of them could be a row too\./);
});
