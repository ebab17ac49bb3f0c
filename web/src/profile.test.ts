/** The reader's own profile: what is liked is not hidden, what is hidden is not liked, and the address keeps both. */

import { beforeAll, describe, expect, it, vi } from 'vitest';
import type * as ProfileModule from './profile.js';

let profiles: typeof ProfileModule;
beforeAll(async () => {
  // What a browser has when the module is loaded.
  vi.stubGlobal('location', { hash: '' });
  vi.stubGlobal('addEventListener', () => undefined);
  profiles = await import('./profile.js');
});

const start = { liked: ['1', '2'], hidden: ['3', '4'] };

describe('a profile', () => {
  it('shows an item again that is liked after it was hidden', () => {
    expect(profiles.liking(start, '3')).toEqual({ liked: ['1', '2', '3'], hidden: ['4'] });
  });

  it('no longer likes an item that is hidden', () => {
    expect(profiles.hiding(start, '1')).toEqual({ liked: ['2'], hidden: ['3', '4', '1'] });
  });

  it('holds an item once, and forgets it wherever it is', () => {
    expect(profiles.liking(start, '2')).toEqual(start);
    expect(profiles.hiding(start, '4')).toEqual(start);
    expect(profiles.without(start, '1')).toEqual({ liked: ['2'], hidden: ['3', '4'] });
    expect(profiles.without(start, '4')).toEqual({ liked: ['1', '2'], hidden: ['3'] });
  });

  it('survives its address', () => {
    const own = { liked: ['a b', 'c&d', 'é/#?'], hidden: ['%', '+'] };
    const [, query = ''] = profiles.profileAddress(own).split(/\?(.*)/s);
    expect(profiles.readProfile(new URLSearchParams(query))).toEqual(own);
    const twice = new URLSearchParams('like=1&like=1&like=&hide=2');
    expect(profiles.readProfile(twice)).toEqual({ liked: ['1'], hidden: ['2'] });
  });
});
