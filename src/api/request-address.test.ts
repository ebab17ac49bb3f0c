/** Queries are read whole, and the log shows no values of them. */

import { parse } from 'node:querystring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../errors.js';
import { loggedAddress, parseQuery } from './request-address.js';

describe('parseQuery', () => {
  it('reads what URLSearchParams writes', () => {
    const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(words, words)), (pairs) => {
        const text = new URLSearchParams(pairs).toString();
        expect(parseQuery(text)).toEqual(parse(text, '&', '=', { maxKeys: 0 }));
      }),
    );
  });

  it('drops no parameter, however many there are', () => {
    const many = Array.from({ length: 5000 }, (_, k) => `exclude=${k}`).join('&');
    expect(parseQuery(`${many}&misspelt=1`)).toMatchObject({
      exclude: { length: 5000, 4999: '4999' },
      misspelt: '1',
    });
  });

  it('keeps names that mean something to objects, and empty parts', () => {
    const query = parseQuery('__proto__=1&&constructor&a=b=c&x[y]=1&=z');
    expect(Object.entries(query)).toEqual([
      ['__proto__', '1'],
      ['constructor', ''],
      ['a', 'b=c'],
      ['x[y]', '1'],
      ['', 'z'],
    ]);
  });

  it.each(['a=%', 'a=%ff', 'a=%E0%A4', '%zz=1'])('refuses %j', (text) => {
    expect(() => parseQuery(text)).toThrow(ArgumentError);
  });
});

describe('loggedAddress', () => {
  it.each([
    ['/recommend/7', '/recommend/7'],
    ['/recommend/7?n=3&exclude=a&exclude=b', '/recommend/7?n&exclude'],
    ['/recommend/7?api_key=4f0c9be14f0c9be1', '/recommend/7?…'],
    ['/recommend/7?4f0c9be14f0c9be1', '/recommend/7?…'],
    ['/recommend/7?token=secret?n=secret', '/recommend/7?token'],
    ['/recommend/7?', '/recommend/7?…'],
  ])('shows %s as %s', (url, shown) => {
    expect(loggedAddress(url)).toBe(shown);
  });
});
