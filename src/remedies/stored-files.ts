/** Causes and remedies for how a file is stored: archives, kinds of files, encodings and several files; rows of `remedies.ts`. */

import type { Remedy } from '../errors.js';
import { renamed, shellCommand, shellWord, without } from './shell.js';

export interface OtherColumns {
  readonly first: string;
  /** The columns of the first file. */
  readonly expected: string;
  readonly columns: string;
}

export interface Archive {
  readonly path: string;
  /** What it is, as the end of a sentence. */
  readonly is: string;
  /** The ending that the unpacked file loses. */
  readonly ending?: string;
  /** `$1` is the file and `$2` the unpacked one. */
  readonly command?: string;
}

/** The rows, by a stable name. */
export const storedFiles = {
  archive: ({ path, is, ending, command }: Archive) => ({
    cause: is,
    remedy:
      command === undefined
        ? 'Unpack it first, and give the file in it'
        : `Unpack it first, for example with \`${shellCommand(command, path, without(path, ending ?? ''))}\``,
  }),
  archiveCut: ({ is }: { is: string }) => ({
    cause: `is ${is} that is cut off: it ends too early`,
    remedy: 'Copy or download it again, or pack it again',
  }),
  archiveDamaged: ({ is, fault }: { is: string; fault: string }) => ({
    cause: `is ${is} that cannot be unpacked: it is damaged or of a rare form (${fault})`,
    remedy: 'Copy or download it again, or unpack it and give the file in it',
  }),
  parquetDamaged: ({ fault }: { fault: string }) => ({
    cause: `is a Parquet file that cannot be read: it is damaged, cut off or of a rare form (${fault})`,
    remedy: 'Copy or write it again, or write it as CSV with the program that reads it',
  }),
  archiveInArchive: ({ path, outer, inner }: { path: string; outer: string; inner: string }) => ({
    cause: `is ${outer}, and what it holds is ${inner}`,
    remedy:
      inner === 'a tar archive'
        ? `Unpack it first, for example with \`tar -xf ${shellWord(path)}\``
        : 'Unpack it first, and give the file in it',
  }),
  severalInArchive: ({ path, names }: { path: string; names: readonly string[] }) => ({
    cause: `is a zip archive of several files (${names.join(', ')}), where one is expected`,
    remedy: `Unpack it first, for example with \`unzip ${shellWord(path)}\`, and give the ratings file`,
  }),
  spreadsheet: ({ is }: { is: string }) => ({
    cause: is,
    remedy: 'Open it in a spreadsheet program and save the sheet as CSV in UTF-8',
  }),
  columnFile: ({ is }: { is: string }) => ({
    cause: is,
    remedy: 'Write it as CSV with the program that reads it, for example with to_csv in pandas',
  }),
  sqliteFile: ({ path }: { path: string }) => ({
    cause: 'is a SQLite database, not a text file in UTF-8',
    remedy: `Write a table of it as CSV, for example with \`${shellCommand("sqlite3 -header -csv $1 'SELECT * FROM ratings' > $2", path, renamed(path, 'ratings', '.csv'))}\``,
  }),
  json: () => ({
    cause: 'is JSON, not a table',
    remedy:
      'Write an object a line (JSON lines), for example a list with `jq -c .[]`, or a CSV with the names of the columns in its first line',
  }),
  foreignFile: ({ is }: { is: string }) => ({
    cause: is,
    remedy: 'Give the data themselves as a CSV, with a first line that names the columns',
  }),
  otherEncoding: ({ is, encoding }: { is: string; encoding: string }) => ({
    cause: is,
    remedy: `If the text is in ${encoding}, say so with --encoding ${encoding}`,
  }),
  doubledLineEnds: ({ path }: { path: string }) => ({
    cause: 'its lines end with CR CR LF, where LF or CR LF is a line end',
    remedy: `Convert them, for example with \`${shellCommand("tr -d '\\r' < $1 > $2", path, renamed(path, 'lf'))}\``,
  }),
  partWithOtherColumns: ({ first, expected, columns }: OtherColumns) => ({
    cause: `its columns are other ones than those of ${first}: ${columns}, where that has ${expected}`,
    remedy:
      'Give the two files the same names of columns in their first lines, or import them one after the other, the second one with --append',
  }),
} satisfies Record<string, (values: never) => Remedy>;
