/** The one table of errors of the disk. */

import { accessSync, constants as modes, readdirSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it, vi } from 'vitest';
import { ArgumentError, HomeError, RunError, StorageError } from '../errors.js';
import { namedFileError, storageError, storageFault } from './faults.js';

vi.mock('node:fs', async (load) => ({
  ...(await load<typeof import('node:fs')>()),
  statfsSync: vi.fn(() => ({ bavail: 7 })),
  accessSync: vi.fn(),
  readdirSync: vi.fn(() => []),
}));

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: raw`), { code });
}

describe('storageError', () => {
  it.each([
    ['ENOSPC', 'full', /the disk is full; free some space and try again$/],
    ['SQLITE_FULL', 'full', /the disk is full/],
    ['SQLITE_IOERR_SHMSIZE', 'full', /the disk is full/],
    ['SQLITE_IOERR_SHMMAP', 'full', /the disk is full/],
    ['EDQUOT', 'quota', /quota is used up/],
    ['EFBIG', 'too-large', /`ulimit -f`/],
    ['EROFS', 'read-only', /read-only; mount it writable/],
    ['EACCES', 'denied', /permission is denied/],
    ['SQLITE_READONLY', 'denied', /permission is denied/],
    ['SQLITE_READONLY_DIRECTORY', 'denied', /permission is denied/],
    ['SQLITE_READONLY_DBMOVED', 'replaced', /removed or replaced while it was in use/],
    ['SQLITE_CANTOPEN', 'denied', /permission is denied/],
    ['EMFILE', 'handles', /`ulimit -n`/],
    ['EIO', 'broken', /the disk reports an error; check the disk/],
    ['SQLITE_IOERR_WRITE', 'broken', /the disk refuses to read or write/],
    ['SQLITE_IOERR_FSYNC', 'broken', /the disk refuses to read or write/],
    ['SQLITE_PROTOCOL', 'network', /network file system.*; put the home on a local disk/],
    ['SQLITE_NOLFS', 'network', /network file system/],
    ['SQLITE_IOERR_LOCK', 'network', /network file system/],
    ['SQLITE_IOERR_SHMLOCK', 'network', /network file system/],
    ['ESTALE', 'network', /network file system/],
    ['SQLITE_CORRUPT', 'damaged', /damaged; restore it from a copy/],
    ['SQLITE_CORRUPT_VTAB', 'damaged', /damaged/],
    ['SQLITE_IOERR_SHORT_READ', 'damaged', /damaged/],
    ['SQLITE_NOTADB', 'foreign', /is not a SQLite database/],
    ['SQLITE_BUSY_SNAPSHOT', 'busy', /another process is writing it/],
    ['ENOENT', 'path', /no such file or folder/],
  ])('tells what %s means', (code, fault, words) => {
    const error = storageError('x cannot be written', failure(code), { path: '/home/x' });
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ fault, exitCode: 3, message: expect.stringMatching(words) });
    expect((error as Error).message).toMatch(/^x cannot be written: /);
    expect(storageFault(error)).toBe(fault);
    expect(storageFault(failure(code))).toBe(fault);
  });

  it.each(['EDQUOT', 'ESTALE'] as const)(
    'knows the number of %s, which Node.js does not name',
    (name) => {
      const errno = -constants.errno[name];
      const unnamed = Object.assign(failure(`Unknown system error ${errno}`), { errno });
      expect(storageFault(unnamed)).toBe(storageFault(failure(name)));
      const other = Object.assign(failure('UNKNOWN'), { errno });
      expect(storageFault(other)).toBe(storageFault(failure(name)));
      expect(storageFault(failure('Unknown system error -9999'))).toBeNull();
    },
  );

  it.each(['SQLITE_CANTOPEN', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR'])(
    'looks for free space where %s does not say what is wrong',
    (code) => {
      vi.mocked(statfsSync).mockReturnValueOnce({ bavail: 0 } as never);
      expect(storageError('x', failure(code), { path: '/h/x' })).toMatchObject({ fault: 'full' });
      expect(statfsSync).toHaveBeenLastCalledWith('/h');
      expect(storageError('x', failure(code))).not.toMatchObject({ fault: 'full' });
    },
  );

  it.each([
    ['EMFILE', 'handles'],
    ['EROFS', 'read-only'],
    ['ENOENT', 'path'],
  ] as const)('sees %s at the place of a file that SQLite cannot open', (code, fault) => {
    const look = code === 'EMFILE' ? readdirSync : accessSync;
    vi.mocked(look as () => void).mockImplementationOnce(() => {
      throw failure(code);
    });
    const opening = failure('SQLITE_CANTOPEN');
    expect(storageError('x', opening, { path: '/h/x' })).toMatchObject({ fault });
    expect(look).toHaveBeenCalledWith('/h', ...(code === 'EMFILE' ? [] : [modes.W_OK]));
    expect(storageError('x', opening, { path: '/h/x' })).toMatchObject({ fault: 'denied' });
  });

  it('says what to do next, or instead', () => {
    const { message } = storageError('x', failure('ENOSPC'), {
      afterwards: 'resume',
      instead: 'stop',
    }) as Error;
    expect(message).toBe('x: the disk is full; free some space, then resume, or stop');
  });

  it.each([
    ['an error of SQL', failure('SQLITE_ERROR')],
    ['a broken rule of a table', failure('SQLITE_CONSTRAINT_UNIQUE')],
    ['an error of the network', failure('ECONNRESET')],
    ['an error without a code', new TypeError('oops')],
    ['an error of this package', new RunError('damaged')],
    ['nothing', null],
  ])('leaves %s as it is', (_, error) => {
    expect(storageError('x', error)).toBe(error);
    expect(storageFault(error)).toBeNull();
  });
});

describe('namedFileError', () => {
  it('is an argument error only where another path helps', () => {
    for (const code of ['ENOENT', 'EISDIR', 'EACCES', 'EROFS']) {
      expect(namedFileError('--json', failure(code))).toBeInstanceOf(ArgumentError);
    }
    for (const code of ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE']) {
      expect(namedFileError('--json', failure(code))).toBeInstanceOf(HomeError);
    }
  });
});
