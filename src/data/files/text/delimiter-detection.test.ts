/** What separates the fields of a table, by its first lines alone. */
import { expect, it } from 'vitest';
import { detectDelimiter } from './delimiter-detection.js';

const found = (lines: string[], quotes?: boolean) =>
  detectDelimiter(
    lines.map((line) => Buffer.from(line)),
    { quotes, isHeader: (fields) => fields.includes('user') },
  );

it.each<[string[], string[]]>([
  [['1,2', '3,4'], [',']],
  [['one field', 'per line'], [' ']],
  [['one', 'two'], []],
  // Names of columns decide, then what cuts most lines alike.
  [['user;item,x', 'a;b,c', 'd;e'], [';']],
  [
    ['a;b,c', '1;2', '3;4,5', '6;7,8', '9;10'],
    [',', ';'],
  ],
  [['a;b,c', '1;2', '3;4', '6;7,8', '9;10'], [';']],
  // Half of the lines are enough.
  [['a|b', 'c|d', 'e'], ['|']],
  [['a|b;c', 'd|e', 'f|g;h', 'i|j'], ['|']],
  // Tabs come before all others, and blanks after them.
  [['a b\tc,d', 'e f\tg,h'], ['\t']],
  [['a b;c', 'd e;f'], [';']],
  // Commas of numbers are decimal commas, those of words are not.
  [['1;2;3,5', '2;3;-,4'], [';']],
  [['1;2; 3,5 ', '2;3;+4,0'], [';']],
  [
    ['1;2;x,5', '2;3;y,4'],
    [',', ';'],
  ],
  [
    ['1;2;5,x', '2;3;4,y'],
    [',', ';'],
  ],
  [
    ['1;2,5', '2;3,5'],
    [',', ';'],
  ],
  [
    ['1 2 3,5', '2 3 4,5'],
    [',', ' '],
  ],
  [['1 2;3;4,5', '2 3;4;5,5'], [';']],
])('%j: %j', (lines, delimiters) => {
  expect(found(lines)).toEqual(delimiters);
});

it('leaves what stands between quotes whole, where quotes are such', () => {
  expect(found(['a;"b,c"', 'd;"e,f"'])).toEqual([';']);
  expect(found(['a;"b,c"', 'd;"e,f"'], false)).toEqual([',', ';']);
  expect(found(['"a\tb";c', '"d\te";f'])).toEqual(['\t']);
  expect(found(['"a\tb";c', '"d\te";f'], true)).toEqual([';']);
});
