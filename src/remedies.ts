/**
 * Causes and remedies: the messages whose advice matters, one row each. `test/integration/remedies.test.ts` provokes
 * every cause, does what its remedy says, and finds that the next command works.
 *
 * To add a row: write it here, throw it where the cause is found (`DataError.because(place, remedies.NAME(values))`,
 * `new HomeError(sentence(remedies.NAME(values)))`), and add its case to a file of `test/remedies/`.
 */

import type { Remedy } from './errors.js';

/** A row as the text of a message. */
export function sentence({ cause, remedy }: Remedy): string {
  return `${cause}. ${remedy}`;
}

/** The rows, by a stable name. */
export const remedies = {
  emptyFile: () => ({
    cause: 'the file is empty',
    remedy: 'Give a file with ratings or titles',
  }),
  gzipArchive: ({ path }: { path: string }) => ({
    cause: 'is a gzip archive, not a text file in UTF-8',
    remedy: `Unpack it first, for example with \`gzip -dc ${shellWord(path)} > ${shellWord(without(path, '.gz'))}\``,
  }),
} satisfies Record<string, (values: never) => Remedy>;

/** The name of a row. */
export type RemedyName = keyof typeof remedies;

/** A text as one word of a shell command. */
function shellWord(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A file's name without an ending; with `.txt` added where it does not end so. */
function without(path: string, ending: string): string {
  return path.endsWith(ending) ? path.slice(0, -ending.length) : `${path}.txt`;
}
