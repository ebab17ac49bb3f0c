/** Making folders. */

import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from './home.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('makeFolder', () => {
  it('makes missing parents, and accepts a folder that exists', () => {
    makeFolder(join(folder, 'a', 'b', 'c'));
    makeFolder(join(folder, 'a', 'b', 'c'));
    expect(existsSync(join(folder, 'a', 'b', 'c'))).toBe(true);
    makeFolder('/');
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    makeFolder(join(folder, 'link', 'd'));
    makeFolder(join(folder, 'link'));
    expect(existsSync(join(folder, 'a', 'd'))).toBe(true);
  });

  it('refuses a file where a folder should be', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file'))).toThrow(/EEXIST/);
    expect(() => makeFolder(join(folder, 'file', 'a', 'b'))).toThrow(/ENOTDIR/);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken'));
    expect(() => makeFolder(join(folder, 'broken', 'a'))).toThrow(/EEXIST/);
  });

  const noProc = existsSync('/proc/self') ? '' : ' skipped: no /proc here';
  it.skipIf(noProc)(`returns where no folder can be made${noProc}`, () => {
    expect(() => makeFolder('/proc/multvae')).toThrow(/ENOENT/);
    expect(() => makeFolder('/proc/multvae/a/b')).toThrow(/ENOENT/);
  });
});
