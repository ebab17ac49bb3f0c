/** Where records with quotes begin and end. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv } from './fields.js';
import { type QuotedRecord, scanQuotes } from './quoted-records.js';

function scan(text: string, { isLast = true, maxBytes = 100 } = {}) {
  const bytes = Buffer.from(text);
  const records: (readonly [string, QuotedRecord['fault']])[] = [];
  const onRecord = ({ start, end, fault }: QuotedRecord) =>
    void records.push([bytes.toString('utf8', start, end), fault]);
  const end = scanQuotes(bytes, ',', { isLast, maxBytes, onRecord });
  return { records, rest: bytes.toString('utf8', end) };
}

describe('scanQuotes', () => {
  it.each([
    ['a,b\n', [], ''],
    ['a\n"b\n\n""c",d\r\ne', [['"b\n\n""c",d\r\n', null]], ''],
    [
      '"a"\n"b"',
      [
        ['"a"\n', null],
        ['"b"', null],
      ],
      '',
    ],
    [
      'a,b"\n"c"\n',
      [
        ['a,b"\n', 'opening'],
        ['"c"\n', null],
      ],
      '',
    ],
    [
      '"a"b\n"c"\n',
      [
        ['"a"b\n', 'closing'],
        ['"c"\n', null],
      ],
      '',
    ],
    ['"a"\rb\n', [['"a"\rb\n', 'closing']], ''],
    [
      '"a\nb\n"c"\n',
      [
        ['"a\n', 'closing'],
        ['"c"\n', null],
      ],
      '',
    ],
    ['x,"a\nb\n', [['x,"a\n', 'unclosed']], ''],
    [
      `"${'a\n'.repeat(60)}"\nb,"c"\n`,
      [
        ['"a\n', 'long'],
        ['"\n', 'closing'],
      ],
      '',
    ],
  ])('%j', (text, records, rest) => {
    const found = scan(text);
    expect(found.rest).toBe(rest);
    expect(found.records.slice(0, 2)).toEqual(records);
  });

  it.each([
    ['a\nb', 'b'],
    ['a\n"b', '"b'],
    ['a\n"b"', '"b"'],
    ['a\n"b"\r', '"b"\r'],
    ['a\n"b\nc"\r', '"b\nc"\r'],
    ['a\n"b",c', '"b",c'],
    ['a\n"b"x', '"b"x'],
    ['a\n"b"\nc,"d\ne', 'c,"d\ne'],
  ])('waits for the rest of %j', (text, rest) => {
    expect(scan(text, { isLast: false }).rest).toBe(rest);
  });

  it('agrees with csv-parse on what is a record, and finds the same ones in parts', () => {
    const piece = fc.constantFrom('"', '""', 'a', ',', '\n', '\r\n', '\r', ',"', '",', '"\n');
    const format = { delimiter: ',', quoted: true, encoding: 'utf8' } as const;
    let whole = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(100), (pieces, cut) => {
        const text = pieces.join('');
        const { records } = scan(text);
        const parsed = parseCsv(Buffer.from(text), format);
        expect(records.every(([, fault]) => fault === null)).toBe(parsed !== null);
        if (parsed !== null && records.length > 0) whole++;
        const head = scan(text.slice(0, cut), { isLast: false });
        const read = text.slice(0, cut).length - head.rest.length;
        expect([...head.records, ...scan(text.slice(read)).records]).toEqual(records);
      }),
      { numRuns: 3000 },
    );
    expect(whole).toBeGreaterThan(100);
  });
});
