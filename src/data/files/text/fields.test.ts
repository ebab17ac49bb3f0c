/** Lines with blanks, and lines that are no record by themselves. */
import { expect, it } from 'vitest';
import { fieldsOf, parseCsv, singleBlanks } from './fields.js';

it.each([
  ['a b', 'a b'],
  ['  a\t \tb  ', 'a b'],
  ['a  b \r\n\t c\n\n d', 'a b\r\nc\n\nd'],
  // A quote within a field opens nothing.
  ['a"b  c"', 'a"b c"'],
  ['"a  b"  c', '"a  b" c'],
  ['x "a \n  b"  c', 'x "a \n  b" c'],
  ['"a ""  b"" c"  d', '"a ""  b"" c" d'],
  ['""  a', '"" a'],
  ['x  "a', 'x "a'],
])('of %j the blanks are %j', (text, expected) => {
  expect(singleBlanks(Buffer.from(text), { quoted: true }).toString()).toBe(expected);
});

it('knows no quotes where a file has none', () => {
  expect(singleBlanks(Buffer.from('"a  b" c'), { quoted: false }).toString()).toBe('"a b" c');
});

it('cuts each line by itself', () => {
  const format = { delimiter: ',', quoted: true, encoding: 'utf8' } as const;
  const cut = (...lines: string[]) => fieldsOf(lines.map(Buffer.from as never), format);
  expect(cut('a,b', 'c')).toEqual([['a', 'b'], ['c']]);
  expect(cut('a,"b', 'c",d')).toEqual([null, null]);
  expect(cut('a,"b"', 'c"d,e', 'f')).toEqual([['a', 'b'], null, ['f']]);
  expect(cut()).toEqual([]);
  const blanks = { ...format, delimiter: ' ' } as const;
  expect(fieldsOf([Buffer.from(' a  b '), Buffer.from('c')], blanks)).toEqual([['a', 'b'], ['c']]);
  const latin = { ...format, encoding: 'latin1' } as const;
  expect(fieldsOf([Buffer.from('é,b', 'latin1')], latin)).toEqual([['é', 'b']]);
});

it('says what is wrong with a line', () => {
  const faults: string[] = [];
  const format = { delimiter: ';', quoted: true, encoding: 'utf8' } as const;
  expect(parseCsv(Buffer.from('a;"b'), format, ({ code }) => faults.push(code))).toBeNull();
  expect(faults).toEqual(['CSV_QUOTE_NOT_CLOSED']);
  expect(parseCsv(Buffer.from('a;"b'), { ...format, quoted: false })).toEqual([['a', '"b']]);
  expect(parseCsv(Buffer.from('a\rb;c\r\nd'), format)).toEqual([['a\rb', 'c'], ['d']]);
});
