/** Writing the folder of a run, and what its stamp notices. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runFiles } from './run-files.js';
import { isRunFile, runFolderStamp, writeRunFolder } from './run-folder.js';

const contents = {
  'run.json': '{}',
  'weights.safetensors': new Uint8Array(9),
  'vocabulary.jsonl': '["a",1]\n',
  'split.jsonl': '',
  'log.jsonl': '',
};
const all = ['SHA256SUMS', ...runFiles].sort();

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-run-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it.each(all)('leaves none of its files where %s cannot be written', (blocked) => {
  const folder = newFolder();
  mkdirSync(join(folder, blocked));
  writeFileSync(join(folder, 'checkpoint'), 'stays');
  expect(() => writeRunFolder(folder, contents)).toThrow(/EISDIR/);
  expect(readdirSync(folder).sort()).toEqual([blocked, 'checkpoint'].sort());
});

it('writes the files of a run, and no other is one', () => {
  const folder = newFolder();
  writeRunFolder(folder, contents);
  expect(readdirSync(folder).sort()).toEqual(all);
  expect(all.filter(isRunFile)).toEqual(all);
  expect(['checkpoint', 'run.jso', '', 'process'].filter(isRunFile)).toEqual([]);
});

it('has a stamp that changes with the size, the time or the loss of any file', () => {
  const folder = newFolder();
  expect(runFolderStamp(join(folder, 'none'))).toBeNull();
  writeRunFolder(folder, contents);
  const stamps = new Set([runFolderStamp(folder)]);
  expect(runFolderStamp(folder)).toBe([...stamps][0]);
  for (const [k, file] of all.entries()) {
    utimesSync(join(folder, file), k + 1, k + 1);
    stamps.add(runFolderStamp(folder));
    writeFileSync(join(folder, file), 'x'.repeat(100 + k));
    utimesSync(join(folder, file), k + 1, k + 1);
    stamps.add(runFolderStamp(folder));
    rmSync(join(folder, file));
    stamps.add(runFolderStamp(folder));
  }
  expect(stamps.size).toBe(1 + 3 * all.length);
});
