/** What errors of the file system and of SQLite mean: one table, which everything that writes or reads files uses. */

import { accessSync, constants as modes, readdirSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { ArgumentError, MultvaeError, StorageError, type StorageFault } from '../errors.js';

/** A row of the table. */
export interface StorageMeaning {
  readonly fault: StorageFault;
  /** Codes of Node.js, and codes of SQLite or their beginnings. A longer match decides before a shorter one. */
  readonly codes: readonly string[];
  /** The predicate of a sentence about the file. */
  readonly says: string;
  readonly remedy: string;
}

/** What the errors mean; `test/integration/storage-remedies.test.ts` tries out each remedy. */
export const storageMeanings: readonly StorageMeaning[] = [
  {
    fault: 'full',
    codes: ['ENOSPC', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'SQLITE_IOERR_SHMMAP'],
    says: 'the disk is full',
    remedy: 'free some space and try again',
  },
  {
    fault: 'quota',
    codes: ['EDQUOT'],
    says: 'the disk quota is used up',
    remedy: 'free some space, or raise the quota, and try again',
  },
  {
    fault: 'too-large',
    codes: ['EFBIG'],
    says: 'the file would be larger than is allowed here',
    remedy: 'raise the limit (`ulimit -f`), or use another file system',
  },
  {
    fault: 'read-only',
    codes: ['EROFS'],
    says: 'the file system is read-only',
    remedy: 'mount it writable, or choose another folder',
  },
  {
    fault: 'denied',
    codes: ['EACCES', 'EPERM', 'SQLITE_PERM', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'],
    says: 'permission is denied',
    remedy:
      'check the permissions of the file and its folder, and whether they are mounted read-only',
  },
  {
    fault: 'handles',
    codes: ['EMFILE'],
    says: 'too many files are open',
    remedy: 'raise the limit (`ulimit -n`) and try again',
  },
  {
    fault: 'handles',
    codes: ['ENFILE'],
    says: 'too many files are open on this machine',
    remedy: 'end other programs, or raise the limit (`sysctl fs.file-max`), and try again',
  },
  {
    fault: 'memory',
    codes: ['ENOMEM', 'SQLITE_NOMEM', 'SQLITE_IOERR_NOMEM'],
    says: 'there is not enough memory',
    remedy: 'free some memory and try again',
  },
  {
    fault: 'network',
    codes: [
      'ESTALE',
      'ENOLCK',
      'EREMOTEIO',
      'EHOSTDOWN',
      'SQLITE_PROTOCOL',
      'SQLITE_NOLFS',
      'SQLITE_IOERR_LOCK',
      'SQLITE_IOERR_UNLOCK',
      'SQLITE_IOERR_RDLOCK',
      'SQLITE_IOERR_CHECKRESERVEDLOCK',
      'SQLITE_IOERR_SHMLOCK',
    ],
    says: 'the file system, perhaps a network file system, does not lock or keep files as a local one does',
    remedy: 'put the home on a local disk',
  },
  {
    fault: 'replaced',
    codes: ['SQLITE_READONLY_DBMOVED', 'SQLITE_IOERR_VNODE'],
    says: 'the file was removed or replaced while it was in use',
    remedy: 'try again',
  },
  {
    fault: 'damaged',
    codes: [
      'SQLITE_CORRUPT',
      'SQLITE_IOERR_CORRUPTFS',
      'SQLITE_IOERR_DATA',
      'SQLITE_IOERR_SHORT_READ',
    ],
    says: 'the file is damaged',
    remedy: 'restore it from a copy, or delete it and import again',
  },
  {
    fault: 'foreign',
    codes: ['SQLITE_NOTADB'],
    says: 'the file is not a SQLite database',
    remedy: 'choose another folder with --home',
  },
  {
    fault: 'busy',
    codes: ['EBUSY', 'ETXTBSY', 'SQLITE_BUSY', 'SQLITE_LOCKED'],
    says: 'another process is writing it',
    remedy: 'wait for it to finish and try again',
  },
  {
    fault: 'broken',
    codes: ['EIO', 'ENXIO', 'ENODEV'],
    says: 'the disk reports an error',
    remedy: 'check the disk (`dmesg` names its errors)',
  },
  {
    // SQLite does not pass on which error the system gave it.
    fault: 'broken',
    codes: ['SQLITE_IOERR'],
    says: 'the disk refuses to read or write',
    remedy:
      'check the disk (`dmesg` names its errors), the quota, and the limit of file sizes (`ulimit -f`)',
  },
  {
    fault: 'path',
    codes: ['ENOENT'],
    says: 'there is no such file or folder',
    remedy: 'make the folder, or name another one',
  },
  {
    fault: 'path',
    codes: ['ENOTDIR'],
    says: 'a part of the path is a file, not a folder',
    remedy: 'name another path',
  },
  {
    fault: 'path',
    codes: ['EEXIST', 'ENOTEMPTY'],
    says: 'something of that name exists',
    remedy: 'name another one',
  },
  {
    fault: 'path',
    codes: ['EISDIR'],
    says: 'there is a folder of that name',
    remedy: 'name a file',
  },
  {
    fault: 'path',
    codes: ['ENAMETOOLONG', 'ELOOP', 'EINVAL'],
    says: 'the file system does not take this name',
    remedy: 'choose another one',
  },
];

const byCode = new Map(
  storageMeanings.flatMap((meaning) => meaning.codes.map((code) => [code, meaning] as const)),
);

/** What a message about a file or folder adds to the cause and its remedy. */
export interface StorageAdvice {
  /** Where to look for what is wrong when the error does not say it. */
  readonly path?: string;
  /** What to do after the remedy, in place of trying again. */
  readonly afterwards?: string;
  /** What to do instead. */
  readonly instead?: string;
}

/**
 * The error for a file or folder that cannot be read or written, in place of one that the file system or SQLite gave.
 * Any other error is given back as it is.
 *
 * @param what - the file, and what cannot be done, such as `home/runs/active cannot be written`
 */
export function storageError(what: string, error: unknown, advice: StorageAdvice = {}): unknown {
  const meaning = storageMeaning(error, advice.path);
  if (meaning === null) return error;
  const { fault, says, remedy } = meaning;
  const next =
    advice.afterwards === undefined
      ? remedy
      : `${remedy.replace(/,? and try again$/, '')}, then ${advice.afterwards}`;
  const instead = advice.instead === undefined ? '' : `, or ${advice.instead}`;
  return new StorageError(fault, `${what}: ${says}; ${next}${instead}`, { cause: error });
}

/** Faults of a path that the user gave: another path is the remedy. */
const faultsOfPaths: ReadonlySet<StorageFault> = new Set(['path', 'denied', 'read-only']);

/**
 * As `storageError`, for a file or folder that a flag names: an ArgumentError where another path is the remedy.
 */
export function namedFileError(what: string, error: unknown, advice?: StorageAdvice): unknown {
  const translated = storageError(what, error, advice);
  return translated instanceof StorageError && faultsOfPaths.has(translated.fault)
    ? new ArgumentError(translated.message, { cause: error })
    : translated;
}

/** The fault that an error stands for; null for an error that neither the file system nor SQLite gave. */
export function storageFault(error: unknown): StorageFault | null {
  if (error instanceof StorageError) return error.fault;
  return storageMeaning(error)?.fault ?? null;
}

/** The row of an error; null for an error that neither the file system nor SQLite gave. */
export function storageMeaning(error: unknown, path?: string): StorageMeaning | null {
  if (error instanceof MultvaeError || !(error instanceof Error)) return null;
  const code = codeOf(error);
  if (code === null) return null;
  for (
    let known = code;
    known !== '';
    known = known.slice(0, Math.max(0, known.lastIndexOf('_')))
  ) {
    const meaning = byCode.get(known);
    if (meaning === undefined) continue;
    // SQLite has one code for every reason why it cannot make a file or change one.
    const isVague = known === 'SQLITE_CANTOPEN' || known === 'SQLITE_IOERR';
    return (isVague && path !== undefined && meaningOfPlace(path)) || meaning;
  }
  return null;
}

/** The code of an error; null where it has none. Node.js names some errors, such as that of a quota, by number alone. */
function codeOf(error: NodeJS.ErrnoException): string | null {
  const { code, errno } = error;
  if (typeof code !== 'string') return null;
  const isNamed = code !== 'UNKNOWN' && !code.startsWith('Unknown system error');
  if (isNamed || errno === undefined) return code;
  const known = Object.entries(constants.errno).find(([, number]) => number === Math.abs(errno));
  return known?.[0] ?? code;
}

/** What is wrong at a path, as far as one can see without opening its file; null for nothing. */
function meaningOfPlace(path: string): StorageMeaning | null {
  const folder = dirname(path);
  try {
    if (statfsSync(folder).bavail === 0) return byCode.get('ENOSPC')!;
    accessSync(folder, modes.W_OK);
    // It needs a handle. The file itself must not be opened: closing it would give back SQLite's locks.
    readdirSync(folder);
    return null;
  } catch (error) {
    const code = codeOf(error as NodeJS.ErrnoException);
    return (code !== null && byCode.get(code)) || null;
  }
}
