/** Lines of JSON: what begins one, what its values are as texts, and which lines are refused. */
import { describe, expect, it } from 'vitest';
import { beginsObject, LineReader, objectIn, plainText, recordsOf } from './json-lines.js';

it.each([
  ['{"a":1}', true],
  [' \t{ "a"', true],
  ['{', true],
  ['{}', true],
  ['x {"a":1}', false],
  ['{a: 1}', false],
  ['[{"a":1}]', false],
  ['', false],
])('%j begins an object: %s', (line, begins) => {
  expect(beginsObject(Buffer.from(line))).toBe(begins);
});

it.each([
  ['{"a":1}', { a: 1 }],
  ['[1]', null],
  ['null', null],
  ['"a"', null],
  ['{"a"', null],
])('%s holds %j', (line, object) => {
  expect(objectIn(line)).toEqual(object);
});

it.each([
  ['a', 'a'],
  [1.5, '1.5'],
  [null, ''],
  [undefined, ''],
  [true, null],
  [{}, null],
])('%j is the text %j', (value, text) => {
  expect(plainText(value)).toBe(text);
});

describe('a line', () => {
  const reader = new LineReader(['id', 'at.day', 'n'], [0], plainText);

  it.each<[string, unknown]>([
    ['{"id":"a","at":{"day":"x"},"n":2}', ['a', 'x', '2']],
    ['{"id":"a"}', ['a', '', '']],
    // The number of an id stays as it is written; another becomes a number.
    ['{"id":1.0,"n":1.0}', ['1.0', '', '1']],
    ['{"id":12345678901234567890,"n":3}', ['12345678901234567890', '', '3']],
    ['{"id":1e3,"at":{"day":"1.0 \\" 2"},"n":4}', ['1e3', '1.0 " 2', '4']],
    ['{"id":-0}', ['-0', '', '']],
    ['{"id":7,"n":1.0}', ['7', '', '1']],
    ['[]', { rule: 'the line must be one JSON object' }],
    ['{"id":"a","n":[1]}', { column: 'n', value: '[1]', rule: 'must be a text or a number' }],
  ])('%s', (line, row) => {
    expect(reader.read(line)).toEqual(row);
  });

  it('shows the beginning of a long value', () => {
    const row = reader.read(JSON.stringify({ id: ['x'.repeat(2000)] }));
    expect(row).toMatchObject({ column: 'id', value: `["${'x'.repeat(998)}` });
  });

  const block = (bytes: Buffer, more: object = {}) => ({
    bytes,
    firstLine: 5,
    bytesRead: 99,
    tooLong: false,
    ...more,
  });

  it('keeps its number in a block, whose blank and bad lines count', () => {
    const text = '{"id":"a"}\r\n\n  \n{"id":[]}\n{"id":"b","n":3}';
    expect(recordsOf(block(Buffer.from(text)) as never, reader)).toEqual({
      rows: [
        ['a', '', ''],
        ['b', '', '3'],
      ],
      lines: [5, 9],
      refused: [
        {
          line: 8,
          column: 'id',
          value: '[]',
          rule: 'must be a text or a number',
          row: '{"id":[]}',
        },
      ],
      bytesRead: 99,
    });
  });

  it('of another encoding is refused alone', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"id":"a"}\n'),
      Buffer.from('{"id":"\xe9"}', 'latin1'),
    ]);
    const { rows, refused } = recordsOf(block(bytes) as never, reader);
    expect(rows).toEqual([['a', '', '']]);
    expect(refused).toMatchObject([{ line: 6, rule: 'must be valid UTF-8' }]);
    expect(refused[0]!.remedy).toMatch(/encoding/);
  });

  it('that is too long is refused with its beginning', () => {
    const bytes = Buffer.from('x'.repeat(3000));
    expect(recordsOf(block(bytes, { tooLong: true }) as never, reader)).toEqual({
      rows: [],
      lines: [],
      refused: [
        {
          line: 5,
          rule: expect.stringMatching(/^a line must be at most \d+ bytes long$/),
          row: 'x'.repeat(1000),
        },
      ],
      bytesRead: 99,
    });
  });
});
