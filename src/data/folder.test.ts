import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('makeFolder', () => {
  it('makes what is missing on the way, and takes what is there', () => {
    makeFolder(join(folder, 'a', 'b', 'c'));
    makeFolder(join(folder, 'a', 'b', 'c'));
    expect(existsSync(join(folder, 'a', 'b', 'c'))).toBe(true);
    makeFolder('/');
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    makeFolder(join(folder, 'link', 'd'));
    makeFolder(join(folder, 'link'));
    expect(existsSync(join(folder, 'a', 'd'))).toBe(true);
  });

  it('refuses a file in the place of a folder', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(folder, 'file', 'a', 'b'))).toThrow(/ENOTDIR/);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
    expect(() => makeFolder(join(folder, 'broken', 'a'))).toThrow(/EEXIST/);
  });

  const noProc = existsSync('/proc/self') ? '' : ' skipped: no /proc here';
  it.skipIf(noProc)(`returns from a place without room for folders${noProc}`, () => {
    expect(() => makeFolder('/proc/multvae')).toThrow(/ENOENT/);
    expect(() => makeFolder('/proc/multvae/a/b')).toThrow(/ENOENT/);
  });
});
