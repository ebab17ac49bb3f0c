/** Fields that an object has twice. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedField } from './repeated-field.js';

describe('repeatedField', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":{"b":1},"c":[{"d":1,"d":1}]}', 'd'],
    ['{ "a" : 1 , "\\u0061" : 2 }', 'a'],
    ['{"a":"}","x":"\\"","a":1}', 'a'],
    ['{"":1,"":2}', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ])('finds that of %s', (json, name) => {
    expect(repeatedField(json)).toBe(name);
  });

  it.each([
    '[{"a":1},{"a":2}]',
    '{"a":{"a":{"a":["a","a"]}}}',
    '["a","a"]',
    '{"a":"a","b":"a"}',
    // These are names of nothing.
    '{"\\x":1,"\\x":2}',
  ])('finds none in %s', (json) => {
    expect(repeatedField(json)).toBeNull();
  });

  it('finds none in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, space) => {
        expect(repeatedField(JSON.stringify(value, null, space))).toBeNull();
      }),
    );
  });

  it('comes to an end in malformed JSON', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'{}[]:,"\\a1 ')), (characters) => {
        expect(['string', 'object']).toContain(typeof repeatedField(characters.join('')));
      }),
    );
  });
});
