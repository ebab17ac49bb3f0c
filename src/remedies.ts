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

/** Columns that could all have one purpose. */
interface Ambiguity {
  readonly purpose: 'user' | 'item' | 'rating' | 'timestamp';
  /** By the file's header. */
  readonly names: readonly string[];
  /** The same as a message shows them. */
  readonly columns: string;
}

interface SwallowedValues {
  readonly place: string;
  /** Such as `2 to 4`. */
  readonly lines: string;
  readonly rows: number;
  readonly others: number;
  /** The flags with which the home takes the file once more. */
  readonly again: string;
}

/** The lowest and the highest rating of some data. */
interface Scale {
  readonly low: number;
  readonly high: number;
}

interface OtherScale {
  readonly home: string;
  readonly has: Scale;
  readonly takenFor: Scale;
}

interface OtherFeedback {
  readonly home: string;
  /** Those with a rating. */
  readonly events: number;
  readonly has: Scale;
  /** What the new data are, as a main clause. */
  readonly ratings: string;
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
  columnMissing: ({ missing, columns }: { missing: 'user' | 'item' | null; columns: string }) => ({
    cause: `the header must name a user and an item column, and ${missing === null ? 'neither' : `no ${missing} column`} is found among ${columns}`,
    remedy:
      missing === null
        ? 'Name them with --user-column and --item-column'
        : `Name it with --${missing}-column`,
  }),
  columnAmbiguous: ({ purpose, names, columns }: Ambiguity) => ({
    cause: `the ${purpose} column may be ${columns}`,
    remedy: `Choose one, such as with --${purpose}-column ${shellWord(names[0]!)}`,
  }),
  columnTwice: ({ purpose, columns }: Ambiguity) => ({
    cause: `the ${purpose} column may be ${columns}, which a flag cannot tell apart`,
    remedy: 'Rename one of them in the first line of the file',
  }),
  strayQuote: ({ rule }: { rule: string }) => ({
    cause: rule,
    remedy:
      'Read quotes as ordinary characters with --no-quotes, or write the field between quotes and each quote in it twice',
  }),
  swallowedRows: ({ place, lines, rows, others, again }: SwallowedValues) => ({
    cause: `${place}: quotes join the lines ${lines} into one row, but ${rows === 1 ? 'one of them' : `${rows} of them`} could be ${rows === 1 ? 'a row' : 'rows'} too${others === 0 ? '' : ` (the same in ${others} more places)`}`,
    remedy: `If quotes are ordinary characters in this file, import it again with --no-quotes ${again}`,
  }),
  notTitles: () => ({
    cause:
      'is not a titles file: it is not u.item, movies.dat or a CSV with the header movieId,title,genres',
    remedy: 'Write it as a CSV with that header, or leave --items out',
  }),
  titlesNotTaken: ({ path, again }: { path: string; again: string }) => ({
    cause: `${path} lies beside the ratings, but its titles may be those of other items, so it is not read`,
    remedy: `To take titles from it, import again with --items ${shellWord(path)} ${again}`,
  }),
  titlesBroken: ({ path, fault, again }: { path: string; fault: string; again: string }) => ({
    cause: `${path} lies beside the ratings, but its titles cannot be read (${fault})`,
    remedy: `Correct it and import again with ${again}, or leave it out with --no-items`,
  }),
  titlesLeftOut: ({
    path,
    bad,
    fault,
    again,
  }: {
    path: string;
    bad: number;
    fault: string;
    again: string;
  }) => ({
    cause: `${bad} ${bad === 1 ? 'row' : 'rows'} of ${path} ${bad === 1 ? 'is' : 'are'} left out (${fault})`,
    remedy: `Correct the file and import again with ${again}`,
  }),
  ratingOutOfScale: ({ low, high }: Scale) => ({
    cause: `a rating must be from ${low} to ${high}`,
    remedy:
      'If the file has another scale, give it with --scale LOW..HIGH, such as --scale 0..10; if not, correct the row',
  }),
  scaleAssumed: ({ home, has, takenFor }: OtherScale) => ({
    cause: `the ratings are taken to be from ${takenFor.low} to ${takenFor.high}, and those of ${home} are from ${has.low} to ${has.high}`,
    remedy: `If the file has that scale too, add --scale ${has.low}..${has.high}; if not, import it into another home with --home`,
  }),
  scaleOther: ({ home, has, takenFor }: OtherScale) => ({
    cause: `--scale ${takenFor.low}..${takenFor.high} is another scale than that of ${home}, whose ratings are from ${has.low} to ${has.high}`,
    remedy: 'Convert the ratings of the file, or import it into another home with --home',
  }),
  feedbackOfOtherScale: ({ home, events, has, ratings }: OtherFeedback) => ({
    cause: `${home} keeps ${events} feedback events with ratings from ${has.low} to ${has.high}, and ${ratings}`,
    remedy: 'Add --drop-feedback to delete all feedback of the home',
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
