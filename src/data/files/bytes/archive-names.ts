/** The archives that are unpacked while they are read. */

/** Their names in messages. */
export const archiveNames = {
  gzip: 'a gzip archive',
  zstandard: 'a Zstandard archive',
  zip: 'a zip archive',
} as const;
export type Archive = keyof typeof archiveNames;

/** The endings of archives, after that of the file in them, such as `.csv.gz`. */
export const archiveEndings = ['.gz', '.zst', '.zip'] as const;

/** A file's name without the ending of an archive. */
export function withoutArchiveEnding(name: string): string {
  const ending = archiveEndings.find((known) => name.toLowerCase().endsWith(known));
  return ending === undefined ? name : name.slice(0, -ending.length);
}
