/** Delimiters and their names. */
import { expect, it } from 'vitest';
import {
  delimiterNamed,
  delimiterNames,
  delimiters,
  excelDelimiter,
  hasDecimalCommas,
  isQuoting,
} from './delimiters.js';

it.each([
  [',', true, false],
  [';', true, true],
  ['|', true, false],
  ['\t', false, false],
  ['::', false, false],
  [' ', true, false],
] as const)('%j quotes: %s, has decimal commas: %s', (delimiter, quotes, commas) => {
  expect([isQuoting(delimiter), hasDecimalCommas(delimiter)]).toEqual([quotes, commas]);
});

it('is named by a flag', () => {
  for (const one of delimiters) {
    expect(delimiterNamed(one)).toBe(one);
    expect(delimiterNamed(delimiterNames[one].flag)).toBe(one);
  }
  expect(['TAB', 'Blank', 'space', '\\t'].map(delimiterNamed)).toEqual(['\t', ' ', ' ', '\t']);
  expect(['', ':', 'comma', 'x', '\\n', 'tabs'].map(delimiterNamed)).toEqual(Array(6).fill(null));
});

it.each([
  ['sep=;', ';'],
  ['SEP=|', '|'],
  ['"sep=,"', ','],
  ['sep=\t', '\t'],
  ['sep=;;;', ';'],
  ['sep=,,;|', ','],
  ['sep=^', ''],
  ['sep=', ''],
  ['sep=;x', null],
  ['xsep=;', null],
  ['user;item', null],
  ['', null],
])('%j tells Excel the delimiter %j', (line, delimiter) => {
  expect(excelDelimiter(line)).toBe(delimiter);
});
