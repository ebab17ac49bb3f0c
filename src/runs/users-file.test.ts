/** The users whom a run was trained on, in memory and in their file. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UserId } from '../data/ids.js';
import { TrainedUsers } from '../data/split/trained-users.js';
import { RunError } from '../errors.js';
import { MemorySource } from './byte-source.js';
import { encodeSafetensors } from './safetensors.js';
import { decodeTrainedUsers, encodeTrainedUsers } from './users-file.js';

const ids = fc.uniqueArray(fc.string({ minLength: 1 })) as fc.Arbitrary<UserId[]>;
const decode = (bytes: Uint8Array) => decodeTrainedUsers(new MemorySource(bytes), 'users');

describe('TrainedUsers', () => {
  it('has its users and no others, before and after it was stored', () => {
    fc.assert(
      fc.property(ids, ids, (own, others) => {
        const known = new Set(own);
        const trained = TrainedUsers.of(own);
        for (const users of [trained, decode(encodeTrainedUsers(trained))]) {
          expect(users.count).toBe(own.length);
          for (const user of [...own, ...others]) expect(users.has(user)).toBe(known.has(user));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('joins two sets', () => {
    const both = TrainedUsers.of(['a', 'b'] as UserId[]).with(
      TrainedUsers.of(['b', 'c'] as UserId[]),
    );
    expect(both.count).toBe(3);
    expect(['a', 'b', 'c', 'd'].map((user) => both.has(user as UserId))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('refuses a file of something else', () => {
    const bytes = encodeSafetensors({ weights: { shape: [2], data: new Float32Array(2) } });
    expect(() => decode(bytes)).toThrow(RunError);
  });
});
