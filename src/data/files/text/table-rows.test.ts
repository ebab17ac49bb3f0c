/** How a block of lines becomes rows, and what is said of those that are none. */
import { describe, expect, it } from 'vitest';
import { remedies } from '../../../remedies.js';
import type { LineBlock } from './line-blocks.js';
import { readBlock, type TableFormat } from './table-rows.js';

const csv: TableFormat = {
  delimiter: ',',
  quoted: true,
  encoding: 'utf8',
  columns: ['a', 'b'],
  header: true,
};

function cut(text: string | Buffer, format: Partial<TableFormat> = {}, tooLong = false) {
  const bytes = Buffer.from(text as string);
  const lines = bytes.toString('latin1').replace(/\n$/, '').split('\n').length;
  const block: LineBlock = { path: 'p', bytes, firstLine: 5, lines, bytesRead: 99, tooLong };
  const {
    rows,
    lines: at,
    refused,
    swallowed,
    spannedLines,
    bytesRead,
  } = readBlock(block, {
    ...csv,
    ...format,
  });
  expect(bytesRead).toBe(99);
  return { rows, lines: at, refused, swallowed, spannedLines };
}

const { remedy: strayQuote } = remedies.strayQuote({ rule: '' });

describe('a block', () => {
  it('has the lines of its rows, without those that are blank', () => {
    expect(cut('1,2\n\n3,4\r\n\r\n5\n')).toEqual({
      rows: [['1', '2'], ['3', '4'], ['5']],
      lines: [5, 7, 9],
      refused: [],
      swallowed: [],
      spannedLines: 3,
    });
    // The same where a record takes several lines.
    expect(cut('1,"2\n"\n\n3,4\n\n"5"\n')).toEqual({
      rows: [['1', '2\n'], ['3', '4'], ['5']],
      lines: [5, 8, 10],
      refused: [],
      swallowed: [],
      spannedLines: 4,
    });
  });

  it('that is the beginning of a line without end is one refused row', () => {
    const rule = 'a line must be at most 1048576 bytes long';
    const row = 'é'.repeat(500);
    expect(cut(`${row}${'x'.repeat(3000)}`, {}, true)).toEqual({
      rows: [],
      lines: [],
      refused: [{ line: 5, value: row, rule, row }],
      swallowed: [],
      spannedLines: 1,
    });
  });

  it('refuses a record with a stray quote, and keeps the others', () => {
    const opening = 'a quote must stand at the beginning of a field';
    expect(cut('1,2\r\n3,x"4\r\n5,"6"\r\n7,8')).toEqual({
      rows: [
        ['1', '2'],
        ['5', '6'],
        ['7', '8'],
      ],
      lines: [5, 7, 8],
      refused: [{ line: 6, rule: opening, remedy: strayQuote, row: '3,x"4' }],
      swallowed: [],
      spannedLines: 4,
    });
    const long = `x"${'y'.repeat(2000)}`;
    expect(cut(long).refused).toEqual([
      { line: 5, rule: opening, remedy: strayQuote, row: long.slice(0, 1000) },
    ]);
    expect(cut('1,x"2\n3,4\n', { quoted: false })).toMatchObject({
      rows: [
        ['1', 'x"2'],
        ['3', '4'],
      ],
      refused: [],
    });
  });

  it.each([
    ['1,\0x\n', { column: 'b', value: '\0x', rule: 'must not hold a NUL byte', row: '1,\0x' }],
    ['\0,2\n', { column: 'a', value: '\0', rule: 'must not hold a NUL byte', row: '\0,2' }],
    // A field that the header does not name has its number.
    ['1,2,\0\n', { column: '3', value: '\0', rule: 'must not hold a NUL byte', row: '1,2,\0' }],
  ])('names the field with a NUL in %j', (text, fault) => {
    for (const encoding of ['utf8', 'latin1'] as const) {
      expect(cut(`1,2\n${text}3,4\n`, { encoding })).toEqual({
        rows: [
          ['1', '2'],
          ['3', '4'],
        ],
        lines: [5, 7],
        refused: [{ line: 6, ...fault }],
        swallowed: [],
        spannedLines: 3,
      });
    }
  });

  it('names the field that is no UTF-8, and the encoding where all of them have another one', () => {
    const latin = Buffer.from('1,é\n2,ü\n3,x\n', 'latin1');
    const rule = 'must be valid UTF-8';
    const { remedy } = remedies.otherEncoding({ is: '', encoding: 'latin1' });
    expect(cut(latin)).toMatchObject({
      rows: [['3', 'x']],
      lines: [7],
      refused: [
        { line: 5, column: 'b', value: '\ufffd', rule, remedy, row: '1,\ufffd' },
        { line: 6, column: 'b', value: '\ufffd', rule, remedy, row: '2,\ufffd' },
      ],
    });
    expect(cut(latin, { encoding: 'latin1' })).toMatchObject({
      rows: [
        ['1', 'é'],
        ['2', 'ü'],
        ['3', 'x'],
      ],
      refused: [],
    });
    const damaged = Buffer.concat([Buffer.from('é,ü\nß,'), Buffer.from([0xc3, 10])]);
    expect(cut(damaged)).toMatchObject({
      rows: [['é', 'ü']],
      refused: [{ line: 6, column: 'b', value: '\ufffd', rule, row: 'ß,\ufffd' }],
    });
    expect(cut(damaged).refused[0]).not.toHaveProperty('remedy');
  });

  it('tells of lines between quotes that have as many fields as a row', () => {
    const text = '1,"2\r\n3,4\r\n5,6,7\r\n8\r\n9,10"\r\n11,"12\n13"\n';
    expect(cut(text)).toEqual({
      rows: [
        ['1', '2\r\n3,4\r\n5,6,7\r\n8\r\n9,10'],
        ['11', '12\n13'],
      ],
      lines: [5, 10],
      refused: [],
      swallowed: [
        {
          line: 5,
          lastLine: 9,
          rows: [
            ['3', '4'],
            ['9', '10"'],
          ],
        },
      ],
      spannedLines: 7,
    });
    // The first line begins the record, so it is no row that was swallowed.
    expect(cut('"1,2\n"\n').swallowed).toEqual([]);
  });
});
