/** The order of user ids. */

import { describe, expect, it } from 'vitest';
import { idOrder } from './ids.js';

const sorted = (...ids: string[]) => [...ids].sort(idOrder(ids));

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
