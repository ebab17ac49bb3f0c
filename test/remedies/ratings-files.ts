/** Remedies for ratings files that cannot be read as they are. */

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { importCommand } from '../../src/cli/commands/import.js';
import { type ImportOptions, importRatings } from '../../src/data/import.js';
import { remedies } from '../../src/remedies.js';
import { runCommand } from '../fixtures/command.js';
import { commandIn, type Place, type RemedyCases, refusal, write } from './remedy-case.js';

const csv = 'userId,movieId,rating\n1,10,5\n2,20,4\n';

const stray = 'userId,movieId,name,rating\n1,10,Single 12",5\n2,20,Low,4\n';
const swallowing = 'userId,movieId,name,rating\n1,10,"Heroes,5\n2,20,12",4\n';

/** Imports a file of the place's folder, which must bring the rows of `csv`. */
async function importWhole(
  { folder, home }: Place,
  name: string,
  options: ImportOptions = {},
): Promise<void> {
  const { stored, refused } = await importRatings(home, join(folder, name), options);
  if (stored !== 2 || refused !== 0) throw new Error(`${name}: ${stored} rows stored`);
}

const movies = 'movieId,title,genres\n10,One,Drama\n';

/** What an import of `a.csv`, or of the files of a folder, remarks. */
async function remarksOf(place: Place, source: string): Promise<string> {
  const { remarks } = await importRatings(place.home, join(place.folder, source));
  return remarks.join('\n');
}

/** Imports once more, which must bring one title. */
async function importTitles(place: Place, source: string, options: ImportOptions): Promise<void> {
  const path = join(place.folder, source);
  const { titles } = await importRatings(place.home, path, { replace: true, ...options });
  if (titles !== 1) throw new Error(`${titles} titles`);
}

export const ratingsFileCases = {
  emptyFile: {
    provoke: (place) => refusal(importRatings(place.home, write(place, 'a.csv', '\n\n'))),
    expected: () => remedies.emptyFile(),
    apply: (place) => void write(place, 'a.csv', csv),
    next: (place) => importWhole(place, 'a.csv'),
  },
  gzipArchive: {
    provoke: (place) =>
      refusal(importRatings(place.home, write(place, 'a b.csv.gz', gzipSync(csv)))),
    expected: ({ folder }) => remedies.gzipArchive({ path: join(folder, 'a b.csv.gz') }),
    apply: (place, message) => commandIn(message, place),
    next: (place) => importWhole(place, 'a b.csv'),
  },
  strayQuote: {
    provoke: (place) => refusal(importRatings(place.home, write(place, 'a.csv', stray))),
    expected: () => remedies.strayQuote({ rule: 'a quote must stand at the beginning of a field' }),
    apply: () => undefined,
    next: (place) => importWhole(place, 'a.csv', { quotes: false }),
  },
  swallowedRows: {
    provoke: async (place) => {
      const { err } = await runCommand(importCommand(), [
        write(place, 'a.csv', swallowing),
        '--home',
        place.home,
      ]);
      return err;
    },
    expected: ({ folder }) =>
      remedies.swallowedRows({
        place: `${join(folder, 'a.csv')}, line 2`,
        lines: '2 to 3',
        rows: 1,
        others: 0,
        again: '--replace',
      }),
    apply: () => undefined,
    next: (place) => importWhole(place, 'a.csv', { quotes: false, replace: true }),
  },
  notTitles: {
    provoke: (place) => {
      const items = write(place, 'names.csv', 'id,name\n10,One\n');
      return refusal(importRatings(place.home, write(place, 'a.csv', csv), { items }));
    },
    expected: () => remedies.notTitles(),
    apply: (place) => void write(place, 'names.csv', movies),
    next: (place) => importTitles(place, 'a.csv', { items: join(place.folder, 'names.csv') }),
  },
  titlesNotTaken: {
    provoke: (place) => {
      write(place, 'movies.csv', movies);
      write(place, 'a.csv', csv);
      return remarksOf(place, 'a.csv');
    },
    expected: ({ folder }) =>
      remedies.titlesNotTaken({ path: join(folder, 'movies.csv'), again: '--replace' }),
    apply: () => undefined,
    next: (place) => importTitles(place, 'a.csv', { items: join(place.folder, 'movies.csv') }),
  },
  titlesBroken: {
    provoke: (place) => {
      write(place, 'movies.csv', '');
      write(place, 'ratings.csv', csv);
      return remarksOf(place, 'ratings.csv');
    },
    expected: ({ folder }) =>
      remedies.titlesBroken({
        path: join(folder, 'movies.csv'),
        fault: 'the file is empty',
        again: '--replace',
      }),
    apply: (place) => void write(place, 'movies.csv', movies),
    next: (place) => importTitles(place, 'ratings.csv', {}),
  },
  titlesLeftOut: {
    provoke: (place) => {
      write(place, 'movies.csv', `${movies}20,Two\n`);
      write(place, 'ratings.csv', csv);
      return remarksOf(place, 'ratings.csv');
    },
    expected: ({ folder }) =>
      remedies.titlesLeftOut({
        path: join(folder, 'movies.csv'),
        bad: 1,
        fault: 'line 3: the row has 2 fields where 3 are expected',
        again: `--items ${join(folder, 'movies.csv')} --replace`,
      }),
    apply: (place) => void write(place, 'movies.csv', movies),
    next: (place) =>
      importTitles(place, 'ratings.csv', { items: join(place.folder, 'movies.csv') }),
  },
} satisfies RemedyCases;
