/** Makes the home folder and the folders in it. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { storageError } from '../storage/faults.js';

/**
 * Makes a home folder, or a folder in it, where it is missing.
 *
 * @throws StorageError when the file system refuses
 */
export function makeHomeFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    const advice = { path: folder, instead: 'choose another folder with --home' };
    throw storageError(`${folder} cannot be made`, cause, advice);
  }
}

/**
 * Makes a folder and its missing parents.
 *
 * Node's own recursive mkdir never returns where a file system answers ENOENT to a new folder in an existing one, as
 * `/proc` does.
 *
 * @throws the file system's error
 */
export function makeFolder(folder: string): void {
  const path = resolve(folder);
  const parent = dirname(path);
  if (!existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
