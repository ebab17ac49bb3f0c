import { HomeError } from '../errors.js';
import { makeFolder } from './folder.js';

/**
 * Makes a home folder, or a folder in it, where it is missing.
 *
 * @throws HomeError when the file system refuses
 */
export function makeHomeFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new HomeError(
      `${folder} cannot be made: ${(cause as Error).message}; choose another folder with --home`,
      { cause },
    );
  }
}
