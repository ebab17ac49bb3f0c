/** What is said of a wrong query or body, and which values parameters and fields take. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ArgumentError } from '../../errors.js';
import {
  atMost,
  bodyFields,
  choice,
  fieldNames,
  flag,
  idField,
  integer,
  queryFields,
  text,
  texts,
} from './parameters.js';
import { checkBody, checkQuery, placeInBody } from './validation.js';

/** The message of what a check throws. */
function messageOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    return (error as Error).message;
  }
  throw new Error('it is taken');
}

describe('checkQuery', () => {
  const schema = z.strictObject({
    n: integer(1, 9),
    kind: choice(['a', 'b']).optional(),
    genre: z.array(text(3)).optional(),
  });

  it.each<[object, string]>([
    [{ n: '0' }, 'n is "0"; give an integer from 1 to 9'],
    [{}, 'n is missing; give an integer from 1 to 9'],
    [{ n: '1', m: '2' }, '"m" is not a parameter here; give one of n, kind, genre'],
    [{ n: ['1', '2'] }, 'n is given 2 times; give it once'],
    [{ n: '1', genre: ['ok', 'long', 'longer'] }, 'genre is "long"; give a string of 1 to 3'],
    [
      { m: '', kind: 'c', n: '10' },
      '"m" is not a parameter here; give one of n, kind, genre; kind',
    ],
    [{ kind: 'c' }, 'kind is "c"; give a or b; n is missing; give'],
  ])('says of %j: %s', (query, message) => {
    const told = messageOf(() => checkQuery(schema, query as never));
    expect(told.slice(0, message.length)).toBe(message);
  });

  it('says that there are no parameters, and gives what the schema makes', () => {
    const none = messageOf(() => checkQuery(z.strictObject({}), { a: '1' }));
    expect(none).toBe('"a" is not a parameter here; give none');
    expect(checkQuery(schema, { n: '3', kind: 'b' })).toEqual({ n: 3, kind: 'b' });
  });
});

describe('checkBody', () => {
  const event = z.strictObject({ key: text(), at: bodyFields.integer(0, 9).optional() });
  const one = z.union([event, z.strictObject({ events: z.array(event).max(2, { error: 'two' }) })]);
  const list = z.array(event, { error: 'a list' });
  const ruled = z.union([text(), z.array(text())], { error: 'a word or words' });

  it.each<[z.ZodType, unknown, string]>([
    [event, {}, 'key is missing; give a string of 1 to 500 characters, without NUL'],
    [event, { key: 'k', x: 1, y: 2 }, '"x", "y" in the body is not a field of this body'],
    [event, { key: 'k', at: '3' }, 'at is "3"; give an integer from 0 to 9'],
    [list, { key: 'k' }, 'the body is {"key":"k"}; give a list'],
    [list, [{ key: 'k' }, { key: 7 }], '[1].key is 7; give a string of'],
    // Of the alternatives, the one that the body seems to mean.
    [one, { key: '' }, 'key is ""; give a string of'],
    [one, { events: [{ key: 'k', at: -1 }] }, 'events[0].at is -1; give an integer from 0 to 9'],
    [one, { events: [{}, {}, {}] }, 'events is [{},{},{}]; give two'],
    [one, { key: 'k', z: 1 }, '"z" in the body is not a field'],
    [z.object({ words: ruled }), { words: 7 }, 'words is 7; give a word or words'],
    [z.object({ words: ruled }), { words: [7] }, 'words[0] is 7; give '],
  ])('says of a body: %#', (schema, body, message) => {
    const told = messageOf(() => checkBody(schema, body));
    expect(told.slice(0, message.length)).toBe(message);
    expect(told).not.toContain('Invalid input');
  });

  it('says of a body that is none of the alternatives what one of them is', () => {
    expect(messageOf(() => checkBody(one, 7))).toMatch(/^the body is 7; give .*object/);
  });

  it('names five faults at most', () => {
    const body = Array.from({ length: 9 }, () => ({ key: '' }));
    const told = messageOf(() => checkBody(list, body)).split('; give ');
    expect(told).toHaveLength(6);
  });

  it('names the lines of JSON lines', () => {
    const body = [{ key: 'k' }, { key: '' }, 3];
    const told = messageOf(() => checkBody(list, body, [1, 4, 9]));
    expect(told).toMatch(/^key in line 4 is "".*; line 9 is 3/);
    expect(placeInBody([2, 'a', 0], [5, 6, 7])).toBe('a[0] in line 7');
    expect(placeInBody([3], [5])).toBe('[3]');
    expect(placeInBody([], null)).toBe('the body');
    expect(placeInBody(['a', 'b', 1, 'c'], null)).toBe('a.b[1].c');
  });

  it('gives what the schema makes', () => {
    expect(checkBody(event, { key: 'k' })).toEqual({ key: 'k' });
  });
});

describe('values', () => {
  const refused = Symbol('refused');
  const read = (schema: z.ZodType, given: unknown) => {
    const { success, data } = schema.safeParse(given);
    return success ? data : refused;
  };
  const long = (length: number) => 'x'.repeat(length);

  it.each<[string, z.ZodType, [unknown, unknown][]]>([
    [
      'an integer of a query',
      integer(-2, 20),
      [
        ['-2', -2],
        ['20', 20],
        ['-0', 0],
        ['007', 7],
        ...['-3', '21', '', '1.5', '1e1', ' 1', '1 ', long(17)].map(
          (x) => [x, refused] as [unknown, unknown],
        ),
      ],
    ],
    [
      'a fraction of a query',
      queryFields.fraction(),
      [
        ['0', 0],
        ['1', 1],
        ['.5', 0.5],
        ['0.25', 0.25],
        ['1.', 1],
        ['1.0', 1],
        ...['1.1', '2', '-0', '', '.', '00.5', '0.5x', 'x0.5'].map(
          (x) => [x, refused] as [unknown, unknown],
        ),
      ],
    ],
    [
      'a flag of a query',
      flag(),
      [
        ['true', true],
        ['false', false],
        ['1', refused],
        ['', refused],
      ],
    ],
    [
      'a flag of a body',
      bodyFields.flag(),
      [
        [true, true],
        ['true', refused],
      ],
    ],
    [
      'a fraction of a body',
      bodyFields.fraction(),
      [
        [0, 0],
        [1, 1],
        [-0.1, refused],
        [1.1, refused],
      ],
    ],
    [
      'a word',
      choice(['a', 'b']),
      [
        ['b', 'b'],
        ['ab', refused],
      ],
    ],
    [
      'a text',
      text(3),
      [
        ['abc', 'abc'],
        ['😀😀😀', '😀😀😀'],
        ['a\nb', 'a\nb'],
        ['abcd', refused],
        ['', refused],
        ['a\0', refused],
        ['\ud800', refused],
      ],
    ],
    [
      'a text that may be empty',
      atMost(2),
      [
        ['', ''],
        ['ab', 'ab'],
        ['abc', refused],
        ['\ud800', refused],
      ],
    ],
    [
      'an id',
      idField(),
      [
        ['x', 'x'],
        ['', refused],
        [7, refused],
      ],
    ],
    [
      'texts of a query',
      texts(),
      [
        ['a,b', ['a,b']],
        [
          ['a', '', 'b'],
          ['a', 'b'],
        ],
        ['', []],
      ],
    ],
    [
      'ids of a query',
      queryFields.ids(9),
      [
        ['a,,b, ', ['a', 'b']],
        [
          ['a', 'b,c'],
          ['a', 'b', 'c'],
        ],
        ['', []],
      ],
    ],
    [
      'names of a query',
      fieldNames(),
      [
        [' a , b,', ['a', 'b']],
        [
          ['a', '*'],
          ['a', '*'],
        ],
        [long(501), refused],
      ],
    ],
    [
      'names of a body',
      bodyFields.names(),
      [
        ['a, b', ['a', 'b']],
        [
          ['a', ' b '],
          ['a', 'b'],
        ],
        [7, refused],
      ],
    ],
    [
      'lists of a body',
      bodyFields.texts(2),
      [
        [
          ['a', 'b'],
          ['a', 'b'],
        ],
        [['a', 'b', 'c'], refused],
        [['', 'b'], refused],
        ['a', refused],
      ],
    ],
    [
      'ids of a body',
      bodyFields.ids(1),
      [
        [['a'], ['a']],
        [['a', 'b'], refused],
        [[''], refused],
      ],
    ],
  ])('%s', (_, schema, values) => {
    for (const [given, expected] of values) {
      expect(read(schema, given), JSON.stringify(given)).toEqual(expected);
    }
  });

  it('have rules that complete a sentence', () => {
    const rule = (schema: z.ZodType, given: unknown) =>
      schema.safeParse(given).error?.issues[0]?.message;
    expect(rule(bodyFields.flag(), 'true')).toBe('true or false, without quotes');
    expect(rule(bodyFields.flag(), 1)).toBe('true or false');
    expect(rule(choice(['a', 'b']), 'c')).toBe('a or b');
    expect(rule(choice(['a', 'b']), 1)).toBe('a string: a or b');
    expect(rule(text(5, { orNull: true }), '')).toMatch(
      /^a string of 1 to 5 .*, or null for none$/,
    );
    expect(rule(bodyFields.texts(3), 'a')).toBe('a list of at most 3 strings');
    expect(rule(bodyFields.ids(3), 'a')).toBe('a list of at most 3 strings');
    expect(rule(bodyFields.names(), 7)).toBe('a list of names of fields, or "*"');
    expect(rule(queryFields.fraction(), '2')).toBe('a number from 0 to 1');
    expect([queryFields.howTexts, bodyFields.howTexts, bodyFields.howIds]).toEqual([
      '; repeatable',
      '',
      '',
    ]);
  });
});
