/**
 * Causes and remedies: the messages whose advice matters, one row each. `test/integration/remedies.test.ts` provokes
 * every cause, does what its remedy says, and finds that the next command works.
 *
 * To add a row: write it here or in a file of `remedies/`, throw it where the cause is found
 * (`DataError.because(place, remedies.NAME(values))`, `new HomeError(sentence(remedies.NAME(values)))`), and add its
 * case to a file of `test/remedies/`.
 */

import { quote, type Remedy } from './errors.js';
import { renamed, shellCommand, shellWord } from './remedies/shell.js';
import { storedFiles } from './remedies/stored-files.js';

export { shellWord };

/** A row as the text of a message. */
export function sentence({ cause, remedy }: Remedy): string {
  return `${cause}. ${remedy}`;
}

/** Columns that could all have one purpose. */
interface Ambiguity {
  readonly purpose: 'user' | 'item' | 'rating' | 'timestamp' | 'weight';
  /** Their names, as a message shows them. */
  readonly columns: string;
  /** One of them as the flag takes it: by its name, or by its number. */
  readonly choice: string;
}

/** A folder in which no file, or more than one, has the items of the ratings. */
interface ItemsDoubt {
  readonly ratings: string;
  readonly others: readonly string[];
  /** How many of the others have the items. */
  readonly joined: number;
  /** Of the ratings. */
  readonly path: string;
  readonly items: string;
}

/** Columns of a file of items that could all have one purpose. */
interface ItemAmbiguity {
  readonly purpose: string;
  readonly names: readonly string[];
  /** The flag that names the column. */
  readonly flag: string;
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

interface LeftOut {
  readonly path: string;
  /** The number of bad rows. */
  readonly bad: number;
  /** The first of them, with its line. */
  readonly fault: string;
  readonly again: string;
}

/** A delimiter that is none here. */
interface Delimiter {
  readonly path: string;
  /** In the plural. */
  readonly words: string;
  /** As the program tr takes it. */
  readonly tr: string;
}

interface NamedDelimiter {
  /** As the flag takes it. */
  readonly flag: string;
  /** In the plural. */
  readonly words: string;
}

/** Dates whose year comes last. */
interface YearLast {
  readonly path: string;
  /** The first of them. */
  readonly value: string;
  /** What they begin with; null where they do not show it. */
  readonly first: 'days' | 'months' | null;
}

/** The rows, by a stable name. */
export const remedies = {
  emptyFile: () => ({
    cause: 'the file is empty',
    remedy: 'Give a file with ratings or titles',
  }),
  ...storedFiles,
  otherDelimiter: ({ path, words, tr }: Delimiter) => ({
    cause: `the first line has no comma, semicolon, bar, tab, blank or pair of colons, but ${words}`,
    remedy: `Separate the fields with tabs, for example with \`${shellCommand(`tr '${tr}' '\\t' < $1 > $2`, path, renamed(path, 'tabs', '.tsv'))}\``,
  }),
  delimiterDoubtful: ({ candidates }: { candidates: readonly NamedDelimiter[] }) => ({
    cause: `the fields may be separated by ${candidates.map(({ words }) => words).join(' or by ')}`,
    remedy: `Choose one, such as with --delimiter ${shellWord(candidates[0]!.flag)}`,
  }),
  missingHeader: () => ({
    cause: 'the first line must name the columns, and it looks like a row',
    remedy:
      'If it is one, add --no-header, and name the columns by their numbers, such as --user-column 1 --item-column 2; if it has the names, add --header',
  }),
  oneField: () => ({
    cause: 'the first line has one field, and a row must have a user and an item',
    remedy: 'Separate the fields with commas, semicolons, bars, tabs or blanks',
  }),
  yearLast: ({ path, value, first }: YearLast) => {
    const command = (order: string) =>
      `\`${shellCommand(`sed -E 's#([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})#\\3-${order}#g' $1 > $2`, path, renamed(path, 'dates'))}\``;
    const days = command('\\2-\\1');
    const months = command('\\1-\\2');
    const shown = quote(value);
    const otherwise = 'or leave the column out with --no-timestamp-column';
    if (!/\d{4}/.test(value)) {
      return {
        cause: `a date such as ${shown} may mean several days`,
        remedy: `Write the dates as 2023-12-31, ${otherwise}`,
      };
    }
    return first === null
      ? {
          cause: `a date such as ${shown} may begin with the day or with the month`,
          remedy: `Write the dates with the year first: if they begin with the day, with ${days}; if they begin with the month, with ${months}; ${otherwise}`,
        }
      : {
          cause: `the dates are written with ${first} first, and the year must be first`,
          remedy: `Convert them with ${first === 'days' ? days : months}, ${otherwise}`,
        };
  },
  noTimes: ({ rule }: { rule: string }) => ({
    cause: rule,
    remedy:
      'Write the times as seconds since 1970 or as 2023-11-14T09:30:00Z, or leave the column out with --no-timestamp-column',
  }),
  noRatings: ({ rule }: { rule: string }) => ({
    cause: `${rule}, and no row so far has one`,
    remedy:
      'Name another column with --rating-column, or make every row a click with --no-rating-column',
  }),
  decimalCommas: ({ path, rule }: { path: string; rule: string }) => ({
    cause: `${rule}, with a point before its decimals`,
    remedy: `Convert the commas, for example with \`${shellCommand("tr ',' '.' < $1 > $2", path, renamed(path, 'points'))}\``,
  }),
  headerLength: ({ rule }: { rule: string }) => ({
    cause: `${rule} by the first line, in every row so far`,
    remedy: 'Give the first line as many names as the rows have fields',
  }),
  noGoodRow: ({ rule }: { rule: string }) => ({
    cause: `${rule}, and every row so far breaks a rule`,
    remedy: 'Compare the columns of the file with those of its first line',
  }),
  columnMissing: ({ missing, columns }: { missing: 'user' | 'item' | null; columns: string }) => ({
    cause: `the header must name a user and an item column, and ${missing === null ? 'neither' : `no ${missing} column`} is found among ${columns}`,
    remedy:
      missing === null
        ? 'If the first line is a row, add --no-header; if not, name the two with --user-column and --item-column'
        : `If the first line is a row, add --no-header; ${missing === 'user' ? 'if the file describes items, import it with --items; ' : ''}if not, name the column with --${missing}-column`,
  }),
  columnAmbiguous: ({ purpose, columns, choice }: Ambiguity) => ({
    cause: `the ${purpose} column may be ${columns}`,
    remedy: `Choose one, such as with --${purpose}-column ${shellWord(choice)}`,
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
      'is not a file of items: it is not u.item or movies.dat, and no table with a header that names a column of ids',
    remedy: 'Give a CSV whose first line names the columns, or leave --items out',
  }),
  itemIdMissing: ({ columns }: { columns: string }) => ({
    cause: `the header must name a column with the ids of the items, and none is found among ${columns}`,
    remedy:
      'If the first line is a row, write a line with names above it; if not, name the column with --item-id-column',
  }),
  itemColumnAmbiguous: ({ purpose, names, flag }: ItemAmbiguity) => ({
    cause: `the ${purpose} column of the items may be ${names.map((name) => JSON.stringify(name)).join(' or ')}`,
    remedy: `Choose one, such as with ${flag} ${shellWord(names[0]!)}`,
  }),
  itemsInDoubt: ({ ratings, others, joined, path, items }: ItemsDoubt) => ({
    cause: `${ratings} has ratings, and ${joined > 1 ? `${others.join(' and ')} both have` : `${others.join(' and ')} ${others.length > 1 ? 'have none of' : 'has not'}`} the items that they name`,
    remedy: `Name the files: multvae import ${shellWord(path)} --items ${shellWord(items)}, or --no-items in its place`,
  }),
  itemColumnTwice: ({ name }: { name: string }) => ({
    cause: `the header has the column ${JSON.stringify(name)} more than once`,
    remedy: 'Rename one of them in the first line of the file',
  }),
  titlesNotTaken: ({ path, again }: { path: string; again: string }) => ({
    cause: `${path} lies beside the ratings, but its titles may be those of other items, so it is not read`,
    remedy: `To take titles from it, import again with --items ${shellWord(path)} ${again}`,
  }),
  titlesBroken: ({ path, fault, again }: { path: string; fault: string; again: string }) => ({
    cause: `${path} lies beside the ratings, but its titles cannot be read (${fault})`,
    remedy: `Correct it and import again with ${again}, or leave it out with --no-items`,
  }),
  titlesLeftOut: ({ path, bad, fault, again }: LeftOut) => ({
    cause: `${bad} ${bad === 1 ? 'row' : 'rows'} of ${path} ${bad === 1 ? 'is' : 'are'} left out (${fault})`,
    remedy: `Correct the file and import again with ${again}`,
  }),
  ratingOutOfScale: ({ low, high }: Scale) => ({
    cause: `a rating must be from ${low} to ${high}`,
    remedy:
      'If the file has another scale, give it with --scale LOW..HIGH, such as --scale 0..10; if these are counts, add --no-rating-column; if neither, correct the row',
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
  splitNeedsFlags: ({ cause, flags }: { cause: string; flags: string }) => ({
    cause,
    remedy: `Use ${flags} with train, tune or split`,
  }),
  splitNeedsData: ({ cause }: { cause: string }) => ({
    cause,
    remedy: 'Import more ratings: no choice of flags makes a split of these',
  }),
  noCheckpoint: ({ run, command }: { run: string; command: string }) => ({
    cause: `run ${run} has no checkpoint: it ended before its first one was kept, as on a full disk`,
    remedy: `Make room if the disk is full, and train from the beginning, without --resume; \`${command}\` deletes what is left of it`,
  }),
} satisfies Record<string, (values: never) => Remedy>;

/** The name of a row. */
export type RemedyName = keyof typeof remedies;
