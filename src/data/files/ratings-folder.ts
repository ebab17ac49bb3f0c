/** Which files of a folder hold its ratings. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.js';
import { withoutArchiveEnding } from './bytes/archive-names.js';
import { unreadableFile } from './bytes/unreadable-file.js';
import { endings, knownNames } from './ratings-file.js';

/**
 * The ratings files that a path means: the file itself, or in a folder the one file or the parts of one data set, in
 * the order of their names.
 *
 * @throws DataError when there is none, or it is not clear which one is meant
 */
export function findRatingsFiles(path: string): string[] {
  let names: string[];
  try {
    if (!statSync(path).isDirectory()) return [path];
    names = readdirSync(path, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !isHidden(entry.name))
      .map(({ name }) => name);
  } catch (cause) {
    throw unreadableFile(
      path,
      cause,
      'Give an existing file or folder, or a name that `multvae datasets` lists',
    );
  }
  return chooseRatings(path, names.sort(byName)).map((name) => join(path, name));
}

/** The names of a folder that hold its ratings. @throws DataError */
function chooseRatings(folder: string, names: readonly string[]): readonly string[] {
  const known = names.filter((name) => knownNames.includes(plainName(name)));
  const found = known.length > 0 ? known : names.filter(mayHoldRatings);
  if (found.length === 1) return found;
  const parts = names.filter((name) => isPart(name) || found.includes(name));
  if (known.length === 0 && parts.length > 0 && areParts(parts)) return parts;
  const why =
    found.length === 0
      ? `holds no ratings file (${knownNames.join(', ')}, or a CSV)`
      : `holds several files that may be meant (${found.slice(0, 10).join(', ')})`;
  throw new DataError({ file: folder }, why, 'Give the path of the ratings file itself');
}

/** Whether a program wrote a file for itself: `_SUCCESS`, `.part-00000.csv.crc`. */
function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('_');
}

/** Whether a file's ending says so; `movies.*` has titles. */
export function mayHoldRatings(name: string): boolean {
  const plain = plainName(name);
  return endings.some((ending) => plain.endsWith(ending)) && !plain.startsWith('movies.');
}

/** The parts that Spark, Hadoop and others write: `part-00000-….csv.gz`, `part-r-00000`, `part_1.csv`. */
function isPart(name: string): boolean {
  return /^part[-_.]?([a-z][-_])?\d+/i.test(name);
}

/** Whether files are the parts of one table: all called parts, or alike but for the numbers in their names. */
function areParts(names: readonly string[]): boolean {
  const withoutNumbers = names.map((name) => plainName(name).replace(/\d+/g, '0'));
  return names.every(isPart) || new Set(withoutNumbers).size === 1;
}

/** In lower case and without the ending of an archive. */
function plainName(name: string): string {
  return withoutArchiveEnding(name).toLowerCase();
}

/** The order of names, with numbers by their size: `part-2` before `part-10`. */
function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : 1);
}

const collator = new Intl.Collator('en', { numeric: true });
