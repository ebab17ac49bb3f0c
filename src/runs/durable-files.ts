import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Writes a file and waits until the disk has it. The folder's entry needs `syncFolder` besides. */
export function writeDurably(path: string, contents: string | Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    writeFileSync(file, contents);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Waits until the disk has a folder's entries: files made, renamed or removed in it. */
export function syncFolder(path: string): void {
  // Windows cannot open a folder to sync it, and needs no such call for a rename to last.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Replaces a file at once: a reader, or a crash, meets the old contents or the new, never a part. */
export function replaceFile(path: string, contents: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.tmp`;
  writeDurably(beside, contents);
  renameSync(beside, path);
  syncFolder(dirname(path));
}
