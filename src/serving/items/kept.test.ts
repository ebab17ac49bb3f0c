/** Copies in memory that follow a store. */
import { describe, expect, it } from 'vitest';
import { StorageError } from '../../errors.js';
import { Kept } from './kept.js';

/** A store of one text, whose reads a test lets go on one by one. */
function slowStore() {
  const store = { version: 1 as number | null, text: 'a', reads: 0 };
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  const kept = new Kept<string>({
    version: () => store.version,
    read: async () => {
      store.reads++;
      const { text } = store;
      await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
      return text;
    },
  });
  const turn = () => new Promise(setImmediate);
  const next = async (error?: Error) => {
    await turn();
    const read = waiting.shift()!;
    if (error === undefined) read.resolve();
    else read.reject(error);
    await turn();
  };
  return { store, kept, next };
}

const gone = new StorageError('gone', 'the store is gone');

describe('a kept copy', () => {
  it('is read once for all who ask, and again when the version changed', async () => {
    const { store, kept, next } = slowStore();
    expect(kept.known(1)).toBeNull();
    const first = kept.current();
    await next();
    expect(await first).toBe('a');
    expect([await kept.current(), kept.known(1), kept.known(2), kept.known(null)]).toEqual([
      'a',
      'a',
      null,
      null,
    ]);
    Object.assign(store, { version: 2, text: 'b' });
    const both = Promise.all([kept.current(), kept.current()]);
    await next();
    expect(await both).toEqual(['b', 'b']);
    expect(store.reads).toBe(2);
  });

  it('is read anew for who asks after a change, though a read is under way', async () => {
    const { store, kept, next } = slowStore();
    const early = kept.current();
    Object.assign(store, { version: 2, text: 'b' });
    const late = Promise.all([kept.current(), kept.current()]);
    await next();
    expect(await early).toBe('a');
    expect(kept.known(2)).toBeNull();
    await next();
    expect(await late).toEqual(['b', 'b']);
    expect([store.reads, kept.known(2)]).toEqual([2, 'b']);
  });

  it('carries the version from before its data, so that a change between the two is noticed', async () => {
    const { store, kept, next } = slowStore();
    const read = kept.current();
    store.version = 2;
    await next();
    await read;
    expect([kept.known(1), kept.known(2)]).toEqual(['a', null]);
  });

  it('is read each time while the version is unknown', async () => {
    const { store, kept, next } = slowStore();
    store.version = null;
    for (const reads of [1, 2]) {
      const read = kept.current();
      await next();
      expect([await read, store.reads]).toEqual(['a', reads]);
    }
  });

  it('is the last one for who can do with it while the store is gone, and an error for others', async () => {
    const { store, kept, next } = slowStore();
    const none = expect(kept.lately()).rejects.toBe(gone);
    await next(gone);
    await none;
    const first = kept.lately();
    await next();
    expect(await first).toBe('a');
    store.version = null;
    const strict = expect(kept.current()).rejects.toBe(gone);
    await next(gone);
    await strict;
    const lenient = kept.lately();
    await next(gone);
    expect(await lenient).toBe('a');
    // For a second the store is left alone.
    expect([await kept.lately(), store.reads]).toEqual(['a', 4]);
  });

  it('is the last one where the store does not answer, and an error that is no fault of the store is thrown', async () => {
    const { store, kept, next } = slowStore();
    const first = kept.current();
    await next();
    await first;
    store.version = null;
    const wrong = expect(kept.lately()).rejects.toThrow(TypeError);
    await next(new TypeError('a fault'));
    await wrong;
    // Nobody lets this read go on.
    expect(await kept.lately()).toBe('a');
  });
});
