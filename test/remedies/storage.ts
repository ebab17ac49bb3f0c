/** The table of storage errors: each fault is made, its remedy applied, and the next command works. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants, platform } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { generateCommand } from '../../src/cli/commands/generate.js';
import { trainCommand } from '../../src/cli/commands/train.js';
import { importRatings } from '../../src/data/import.js';
import { checkPages } from '../../src/data/store/sqlite/connection.js';
import { translateErrors } from '../../src/storage/sqlite/package.js';
import { runCommand } from '../fixtures/command.js';
import { type Place, refusal } from './remedy-case.js';
import { main, refusedBy, refusedChild, refusedUnder, type StorageCase } from './storage-case.js';

const { errno } = constants;
const nobody = { uid: 65_534, gid: 65_534 };

/** Users with five clicks each. */
function clicks({ folder }: Place, count = 10): string {
  const path = join(folder, 'clicks.csv');
  const rows = Array.from({ length: 5 * count }, (_, k) => `${Math.floor(k / 5)},${k % 5}\n`);
  writeFileSync(path, `user,item\n${rows.join('')}`);
  return path;
}

const importWords = (place: Place, count?: number) => [
  'import',
  clicks(place, count),
  '--home',
  place.home,
];
const importAgain = (place: Place) => importRatings(place.home, clicks(place), { replace: true });
const databaseOf = ({ home }: Place) => join(home, 'multvae.db');

const generate = (out: string) =>
  runCommand(generateCommand(), ['--shape', '20x20x100', '--out', out]);
const train = ({ home }: Place, config: string) =>
  runCommand(trainCommand(), ['--model', 'popularity', '--config', config, '--home', home]);

/** Whether this process, or one that it starts, can be refused by permissions. */
function deniedCase(): StorageCase {
  if (platform() === 'win32') return { cannot: 'Windows has other permissions' };
  const user = process.getuid?.() === 0 ? nobody : {};
  const start = spawnSync(process.execPath, [main, '--version'], { ...user, stdio: 'ignore' });
  if (start.status !== 0) return { cannot: 'another user than root cannot read this folder' };
  return {
    provoke: (place) => {
      const words = [main, ...importWords(place)];
      chmodSync(place.folder, 0o555);
      return refusedChild(process.execPath, words, user);
    },
    apply: (place) => chmodSync(place.folder, 0o777),
    next: async ({ folder, home }) => {
      const words = [main, 'import', join(folder, 'clicks.csv'), '--home', home];
      const { status, stderr } = spawnSync(process.execPath, words, { ...user, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    },
  };
}

/** Opens files until no more can be opened, then imports; prints why that is refused. */
const exhausted = `
  import { openSync } from 'node:fs';
  const [place, home, csv] = process.argv.slice(1);
  const { importRatings } = await import(place);
  await importRatings(home, csv, { append: true });
  try {
    for (;;) openSync('/dev/null');
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
  process.exitCode = 1;
  await importRatings(home, csv, { append: true }).catch((error) => {
    console.error(error.message);
    process.exitCode = error.exitCode;
  });
`;

const importer = pathToFileURL(join(main, '..', '..', 'data', 'import.js')).href;
const onWindows: StorageCase | null =
  platform() === 'win32' ? { cannot: 'Windows has no ulimit' } : null;

/** Cases by the first code of their row. */
export const storageCases: Readonly<Record<string, StorageCase>> = {
  ENOSPC: refusedBy(errno.ENOSPC, importWords, importAgain),
  EDQUOT: refusedBy(errno.EDQUOT, importWords, importAgain),
  EFBIG: onWindows ?? {
    provoke: ({ folder }) => {
      const words = ['generate', '--shape', '50x50x1000', '--out', join(folder, 'out')];
      return refusedUnder('-f 8', [main, ...words]);
    },
    apply: () => undefined,
    next: ({ folder }) => generate(join(folder, 'out')),
  },
  EROFS: refusedBy(errno.EROFS, importWords, importAgain),
  EACCES: deniedCase(),
  EMFILE: onWindows ?? {
    provoke: async (place) => {
      await importAgain(place);
      const words = ['--input-type=module', '-e', exhausted, importer, place.home, clicks(place)];
      return refusedUnder('-n 512', words);
    },
    apply: () => undefined,
    next: importAgain,
  },
  ENFILE: refusedBy(errno.ENFILE, importWords, importAgain),
  ENOMEM: refusedBy(errno.ENOMEM, importWords, importAgain),
  ESTALE: refusedBy(errno.ESTALE, importWords, (place) =>
    importRatings(join(place.folder, 'local'), clicks(place)),
  ),
  SQLITE_READONLY_DBMOVED: {
    // A database with a write-ahead log has no such error, and is looked after by `HeldFile`.
    provoke: async ({ folder }) => {
      const path = join(folder, 'plain.db');
      const other = join(folder, 'other.db');
      const db = new Database(path);
      db.exec('CREATE TABLE kept (value)');
      copyFileSync(path, other);
      renameSync(other, path);
      const write = () => db.exec('INSERT INTO kept VALUES (1)');
      return refusal((async () => translateErrors(path, write))()).finally(() => db.close());
    },
    apply: () => undefined,
    next: async ({ folder }) => {
      const db = new Database(join(folder, 'plain.db'));
      db.exec('INSERT INTO kept VALUES (1)');
      db.close();
    },
  },
  SQLITE_CORRUPT: {
    provoke: async (place) => {
      await importAgain(place);
      copyFileSync(databaseOf(place), join(place.folder, 'copy.db'));
      const db = new Database(databaseOf(place), { readonly: true });
      const page = db
        .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'histories'")
        .pluck()
        .get() as number;
      db.close();
      const file = openSync(databaseOf(place), 'r+');
      writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, (page - 1) * 4096);
      closeSync(file);
      return refusal((async () => checkPages(place.home))());
    },
    apply: (place) => copyFileSync(join(place.folder, 'copy.db'), databaseOf(place)),
    next: async (place) => checkPages(place.home),
  },
  SQLITE_NOTADB: {
    provoke: (place) => {
      mkdirSync(place.home);
      writeFileSync(databaseOf(place), 'something else '.repeat(400));
      return refusal(importAgain(place));
    },
    apply: () => undefined,
    next: (place) => importRatings(join(place.folder, 'another'), clicks(place)),
  },
  EBUSY: busyCase(),
  EIO: refusedBy(errno.EIO, importWords, importAgain),
  SQLITE_IOERR: onWindows ?? {
    provoke: (place) => refusedUnder('-f 256', [main, ...importWords(place, 4000)]),
    apply: () => undefined,
    next: (place) => importRatings(place.home, clicks(place, 4000)),
  },
  ENOENT: {
    provoke: (place) => refusal(train(place, join(place.folder, 'missing.json'))),
    apply: ({ folder }) => writeFileSync(join(folder, 'config.json'), '{}'),
    next: async (place) => {
      await importAgain(place);
      await train(place, join(place.folder, 'config.json'));
    },
  },
  ENOTDIR: {
    provoke: (place) => refusal(generate(join(clicks(place), 'out'))),
    apply: () => undefined,
    next: ({ folder }) => generate(join(folder, 'out')),
  },
  EEXIST: {
    provoke: (place) => refusal(generate(clicks(place))),
    apply: () => undefined,
    next: ({ folder }) => generate(join(folder, 'out')),
  },
  EISDIR: {
    provoke: (place) => refusal(train(place, place.folder)),
    apply: ({ folder }) => writeFileSync(join(folder, 'config.json'), '{}'),
    next: async (place) => {
      await importAgain(place);
      await train(place, join(place.folder, 'config.json'));
    },
  },
  ENAMETOOLONG: {
    provoke: ({ folder }) => refusal(generate(join(folder, 'x'.repeat(300)))),
    apply: () => undefined,
    next: ({ folder }) => generate(join(folder, 'x')),
  },
};

/** Another connection holds the database until the remedy, which is to wait for its end. */
function busyCase(): StorageCase {
  let other: Database.Database;
  return {
    provoke: async (place) => {
      await importAgain(place);
      other = new Database(databaseOf(place));
      other.exec('BEGIN IMMEDIATE');
      return refusal(importAgain(place));
    },
    apply: () => void other.close(),
    next: importAgain,
  };
}
