/** Loading better-sqlite3 where its binary is missing, foreign or broken. */

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DependencyError, StorageError } from '../../../errors.js';
import { trySqlite } from '../../../storage/sqlite/package.js';
import { checkPages, openDatabase } from './connection.js';

const here = createRequire(import.meta.url);
let folder: string;
let require: NodeJS.Require;

/** Copies a package and what it depends on, without binaries, to where the test looks for it. */
function install(name: string): void {
  const described = here.resolve(`${name}/package.json`);
  const from = dirname(described);
  cpSync(from, join(folder, 'node_modules', name), {
    recursive: true,
    filter: (path) =>
      !/[\\/](build|prebuilds|deps|src|node_modules)$/.test(path.slice(from.length)),
  });
  const { dependencies = {} } = here(described) as { dependencies?: Record<string, string> };
  for (const needed of Object.keys(dependencies))
    if (needed !== 'prebuild-install') install(needed);
}

function write(place: string, text: string): void {
  const path = join(folder, 'node_modules', 'better-sqlite3', place);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-sqlite-'));
  require = createRequire(join(folder, 'program.js'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const rebuild = /Run `npm rebuild better-sqlite3` with this Node \(v\d+\.\d+\.\d+\)/;

describe('openDatabase', () => {
  it('waits for the disk with each commit, and leaves nothing of what is deleted', () => {
    const db = openDatabase(join(folder, 'home'), { create: true });
    try {
      const setting = (name: string) => db.pragma(name, { simple: true });
      expect(setting('journal_mode')).toBe('wal');
      // 2 is FULL: a commit that was acknowledged survives a loss of power. Of `secure_delete`, 2 is FAST.
      expect([setting('synchronous'), setting('secure_delete')]).toEqual([2, 2]);
    } finally {
      db.close();
    }
  });
});

describe('checkPages', () => {
  it('finds a page that is damaged', () => {
    const home = join(folder, 'home');
    const db = openDatabase(home, { create: true });
    db.exec('CREATE TABLE pages (a); INSERT INTO pages VALUES (zeroblob(20000))');
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    checkPages(home);
    const path = join(home, 'multvae.db');
    const bytes = readFileSync(path);
    // The page of the table begins with what kind it is.
    const at = bytes.length - 6 * 4096;
    writeFileSync(path, bytes.fill(0x5a, at, at + 4096));
    expect(() => checkPages(home)).toThrow(StorageError);
    expect(() => checkPages(home)).toThrow(/damaged/);
    // It was closed each time.
    rmSync(path);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });
});

describe('trySqlite', () => {
  it('opens a database with the package that is installed', () => {
    expect(trySqlite(here).version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('says that the package is not installed', () => {
    expect(() => trySqlite(require)).toThrow(DependencyError);
    expect(() => trySqlite(require)).toThrow(/is not installed\. Run `npm install better-sqlite3`/);
  });

  it('says that the binary is missing, which only the first database finds out', () => {
    install('better-sqlite3');
    expect(() => trySqlite(require)).toThrow(DependencyError);
    expect(() => trySqlite(require)).toThrow(rebuild);
    expect(() => trySqlite(require)).toThrow(/^[^\n]*: its binary is missing\. [^\n]*$/);
  });

  it('says that the binary is no binary of this machine', () => {
    install('better-sqlite3');
    write('build/Release/better_sqlite3.node', 'no binary');
    expect(() => trySqlite(require)).toThrow(DependencyError);
    expect(() => trySqlite(require)).toThrow(rebuild);
    expect(() => trySqlite(require)).toThrow(/does not load: .*better_sqlite3\.node: /);
  });

  it('says that the binary is of another Node', () => {
    const said =
      'The module \\nwas compiled against a different Node.js version using\\nNODE_MODULE_VERSION 115.';
    write('package.json', '{ "version": "12.11.1", "main": "index.js" }');
    write('index.js', `module.exports = class { constructor() { throw new Error('${said}'); } };`);
    expect(() => trySqlite(require)).toThrow(DependencyError);
    expect(() => trySqlite(require)).toThrow(rebuild);
    expect(() => trySqlite(require)).toThrow(/was built for another version of Node\. Run/);
  });
});
