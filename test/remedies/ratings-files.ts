/** Remedies for ratings files that cannot be read as they are. */

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { importRatings } from '../../src/data/import.js';
import { remedies } from '../../src/remedies.js';
import { commandIn, type Place, type RemedyCases, refusal, write } from './remedy-case.js';

const csv = 'userId,movieId,rating\n1,10,5\n2,20,4\n';

/** Imports a file of the place's folder, which must bring the rows of `csv`. */
async function importWhole({ folder, home }: Place, name: string): Promise<void> {
  const { stored, refused } = await importRatings(home, join(folder, name));
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
} satisfies RemedyCases;
