/** Access keys: finding the holder of a key. */

import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { AccessKeys } from './access-keys.js';

const first = 'a'.repeat(16);
const second = 'B-_~+/=.'.repeat(4);

describe('AccessKeys', () => {
  it('finds the holder of a key, and nobody for an unknown key', () => {
    const keys = AccessKeys.parse(`shop:read:${first}, import_2:write:${second} `);
    expect(keys.find(first)).toMatchObject({ name: 'shop', scope: 'read' });
    expect(keys.find(second)).toMatchObject({ name: 'import_2', scope: 'write' });
    for (const other of ['', first.slice(1), `${first}a`, first.toUpperCase(), 'shop']) {
      expect(keys.find(other)).toBeNull();
    }
  });

  it.each([
    ['', /the name of entry 1/],
    [first, /the name of entry 1/],
    [`:read:${first}`, /the name of entry 1/],
    [`a b:read:${first}`, /the name of entry 1/],
    [`shop:admin:${first}`, /the scope "admin" of entry 1/],
    [`shop:${first}:read`, /the scope of entry 1/],
    [`shop:read:${first},`, /entry 2/],
    [`shop:read:${first},x:write:short`, /the key of entry 2/],
    [`shop:read:${first} ${second}`, /the key of entry 1/],
    [`shop:read:${first},shop:write:${second}`, /shop or its key is given twice/],
    [`shop:read:${first},x:write:${first}`, /x or its key is given twice/],
  ])('refuses %j without showing a key', (text, message) => {
    expect(() => AccessKeys.parse(text)).toThrow(ArgumentError);
    expect(() => AccessKeys.parse(text)).toThrow(message);
    try {
      AccessKeys.parse(text);
    } catch (error) {
      expect((error as Error).message).not.toContain(first);
      expect((error as Error).message).not.toContain('short');
    }
  });
});
