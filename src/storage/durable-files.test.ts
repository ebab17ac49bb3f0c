/** Files that are replaced whole or not at all, on disks that refuse. */

import fs, {
  chmodSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replaceFile, syncFolder, writeNamedFile } from './durable-files.js';
import { partialPath, removeLeftovers } from './partial-files.js';

/** The calls on the disk, and the one that fails. */
const disk = vi.hoisted(() => ({
  calls: [] as string[],
  names: new Map<number, string>(),
  fails: null as { call: string; code: string } | null,
}));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof import('node:fs')>();
  const note = (call: string) => {
    disk.calls.push(call);
    if (disk.fails === null || !call.startsWith(disk.fails.call)) return;
    throw Object.assign(new Error(disk.fails.code), { code: disk.fails.code });
  };
  const name = (path: unknown) =>
    String(path)
      .split('/')
      .at(-1)!
      .replace(/^\.multvae-.*/, 'PARTIAL');
  const watched = {
    openSync: (path: string, flags: string, mode?: number) => {
      note(`open ${name(path)} ${flags}`);
      const file = real.openSync(path, flags, mode);
      disk.names.set(file, name(path));
      return file;
    },
    writeFileSync: (file: number | string, text: Buffer) => {
      // A full disk takes the beginning.
      if (disk.fails?.call === 'write') real.writeFileSync(file, text.subarray(0, 2));
      note(`write ${typeof file === 'number' ? disk.names.get(file) : name(file)}`);
      real.writeFileSync(file, text);
    },
    fsyncSync: (file: number) => {
      note(`sync ${disk.names.get(file)}`);
      real.fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      note(`rename ${name(from)} ${name(to)}`);
      real.renameSync(from, to);
    },
  };
  return { ...real, ...watched, default: real };
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'));
  path = join(folder, 'file');
  fs.writeFileSync(path, 'old');
  disk.calls = [];
});
afterEach(() => {
  disk.fails = null;
  rmSync(folder, { recursive: true });
});

describe('replaceFile', () => {
  it('syncs the new contents before the rename, and the folder after it', () => {
    replaceFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(disk.calls).toEqual([
      'open PARTIAL w',
      'write PARTIAL',
      'sync PARTIAL',
      'rename PARTIAL file',
      `open ${basename(folder)} r`,
      `sync ${basename(folder)}`,
    ]);
  });

  it.each([
    ['open', 'EMFILE'],
    ['write', 'ENOSPC'],
    ['sync PARTIAL', 'EDQUOT'],
    ['rename', 'EIO'],
  ])('keeps the old file, and nothing else, when %s gives %s', (call, code) => {
    disk.fails = { call, code };
    expect(() => replaceFile(path, 'new')).toThrow(code);
    disk.fails = null;
    expect(readdirSync(folder)).toEqual(['file']);
    expect(readFileSync(path, 'utf8')).toBe('old');
    replaceFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('removes what a killed process left, and not what a living one writes', () => {
    const [, machine] = /-([0-9a-f]{8})-/.exec(partialPath(path))!;
    const leftover = (pid: number, where = machine) => `.multvae-${where}-${pid}-0123abcd.tmp`;
    // No process has this number: it is above the greatest that Linux gives.
    const dead = leftover(2 ** 22 + 1);
    const living = leftover(process.ppid);
    const elsewhere = leftover(2 ** 22 + 1, 'ffffffff');
    const forgotten = leftover(2 ** 22 + 2, 'ffffffff');
    const own = leftover(process.pid);
    const formerOwner = `.multvae-${machine}-${process.pid}-99999999.tmp`;
    for (const name of [dead, living, elsewhere, forgotten, own, formerOwner, 'own.tmp']) {
      fs.writeFileSync(join(folder, name), '');
    }
    const hours = (n: number) => Date.now() / 1000 - 3600 * n;
    utimesSync(join(folder, forgotten), hours(2), hours(2));
    utimesSync(join(folder, formerOwner), hours(0.9), hours(0.9));
    replaceFile(path, 'new');
    expect(readdirSync(folder).sort()).toEqual(['file', 'own.tmp', living, elsewhere, own].sort());
    removeLeftovers(join(folder, 'missing'));
  });
});

describe('syncFolder', () => {
  it.each(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'])('accepts a file system that answers %s', (code) => {
    disk.fails = { call: 'sync', code };
    syncFolder(folder);
    expect(disk.calls).toHaveLength(2);
  });

  it('does not accept a broken disk', () => {
    disk.fails = { call: 'sync', code: 'EIO' };
    expect(() => syncFolder(folder)).toThrow('EIO');
  });
});

describe('writeNamedFile', () => {
  it('replaces a plain file behind a link, with its permissions', () => {
    chmodSync(path, 0o640);
    symlinkSync(path, join(folder, 'link'));
    writeNamedFile(join(folder, 'link'), 'new');
    expect(readdirSync(folder)).toEqual(['file', 'link']);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('keeps the old file when the disk is full', () => {
    disk.fails = { call: 'write', code: 'ENOSPC' };
    expect(() => writeNamedFile(path, 'new')).toThrow('ENOSPC');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file']);
    expect(() => writeNamedFile(join(folder, 'other'), 'new')).toThrow('ENOSPC');
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('writes into a file with two names, a device, and a file whose folder takes no new one', () => {
    linkSync(path, join(folder, 'second'));
    writeNamedFile(path, 'both');
    expect(readFileSync(join(folder, 'second'), 'utf8')).toBe('both');
    rmSync(join(folder, 'second'));
    writeNamedFile('/dev/null', 'nothing');
    disk.fails = { call: 'open PARTIAL', code: 'EACCES' };
    writeNamedFile(path, 'in place');
    expect(readFileSync(path, 'utf8')).toBe('in place');
    expect(() => writeNamedFile(join(folder, 'other'), 'new')).toThrow('EACCES');
  });
});
