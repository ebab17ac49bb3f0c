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
} satisfies RemedyCases;
