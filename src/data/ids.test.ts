/** What an id is, and the order of ids. */

import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors.js';
import { compareCodePoints, idOf, idOrder, isId, itemIdOf, readId } from './ids.js';

describe('an id', () => {
  it.each(['7', '007', '7.0', 'a b', 'Zoë@example.org', '千と千尋', '\u{1F600}'.repeat(500)])(
    'is %j',
    (text) => {
      expect(isId(text)).toBe(true);
      expect(readId(text)).toEqual({ id: text });
    },
  );

  it.each([
    ['', /must not be empty/],
    [' \u00a0\t', /must not be empty/],
    ['a\nb', /control character/],
    ['a\0', /control character/],
    ['a\u0085b', /control character/],
    ['bob\ud800', /valid Unicode/],
    ['\udc00\ud800', /valid Unicode/],
    ['x'.repeat(501), /at most 500/],
    ['\u{1F600}'.repeat(501), /at most 500/],
  ])('is not %j', (text, rule) => {
    expect(isId(text)).toBe(false);
    expect(readId(text)).toEqual({ rule: expect.stringMatching(rule) });
  });

  it('loses the blanks around it', () => {
    expect(isId(' 3')).toBe(false);
    expect(readId('\u3000 3\t')).toEqual({ id: '3' });
  });
});

describe('idOf', () => {
  const stored = new Set([' 3', 'x'.repeat(600), 'bob\ud800', 'line\nbreak']);
  const read = (text: unknown) => idOf(text, 'itemId', (id) => stored.has(id));

  it('prefers a stored id with exactly this text, then leaves out the blanks', () => {
    expect(read(' 3')).toBe(' 3');
    expect(read(' 4 ')).toBe('4');
    expect(read('line\nbreak')).toBe('line\nbreak');
    expect(read('x'.repeat(600))).toHaveLength(600);
  });

  it('asks the store about unusual texts alone', () => {
    expect(idOf('7', 'itemId', () => expect.unreachable())).toBe('7');
  });

  it('finds an unusual item that a store holds, and asks it for no other', async () => {
    const asked: string[] = [];
    const store = {
      item: async (id: string) => {
        asked.push(id);
        return stored.has(id) ? {} : null;
      },
    };
    expect(await itemIdOf(store, ' 3')).toBe(' 3');
    expect(await itemIdOf(store, ' 4')).toBe('4');
    expect(await itemIdOf(store, '7')).toBe('7');
    for (const text of ['', 7, 'bob\ud800']) await expect(itemIdOf(store, text)).rejects.toThrow();
    expect(asked).toEqual([' 3', ' 4']);
  });

  it('says that half of a surrogate pair is no Unicode, and looks for no stored id', () => {
    expect(() => read('bob\ud800')).toThrow(
      'itemId is "bob\\ud800"; give a string of valid Unicode, without half of a surrogate pair',
    );
  });

  it.each([7, null, undefined, '', 'x'.repeat(601), 'a\nb'])('refuses %j', (text) => {
    expect(() => read(text)).toThrow(ArgumentError);
    expect(() => read(text)).toThrow(/^itemId is .*; give a string of 1 to 500 characters/s);
  });
});

const sorted = (...ids: string[]) => [...ids].sort(idOrder(ids));

describe('compareCodePoints', () => {
  it.each([
    ['a', 'b'],
    ['a', 'ab'],
    ['', 'a'],
    ['Z', 'a'],
    // In UTF-16 the emoji begins with a smaller unit than the last characters of the plane before it.
    ['\uff5e', '\u{1F600}'],
    ['x\ue000', 'x\u{10000}'],
    ['\ud7ff', '\u{1F600}'],
    ['\u{1F600}', '\u{1F601}'],
  ])('puts %j before %j, whichever comes first', (lower, higher) => {
    expect(Math.sign(compareCodePoints(lower, higher))).toBe(-1);
    expect(Math.sign(compareCodePoints(higher, lower))).toBe(1);
    expect(compareCodePoints(lower, lower)).toBe(0);
  });
});

describe('idOrder', () => {
  it('is numeric when every id is a canonical integer', () => {
    expect(sorted('10', '9', '-3', '0')).toEqual(['-3', '0', '9', '10']);
  });

  it.each([
    ['a leading zero', ['10', '9', '007'], ['007', '10', '9']],
    ['a letter', ['10', '9', 'a'], ['10', '9', 'a']],
    [
      'more digits than a double holds',
      ['9', '12345678901234567890'],
      ['12345678901234567890', '9'],
    ],
  ])('is by code point with %s', (_, ids, expected) => {
    expect(sorted(...ids)).toEqual(expected);
  });

  it('puts characters beyond the basic plane last', () => {
    expect(sorted('\u{1F600}', '\uFFFD', 'a', 'ab')).toEqual(['a', 'ab', '\uFFFD', '\u{1F600}']);
  });
});
