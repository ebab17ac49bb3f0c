/** Remedies for a header whose columns cannot be told. */

import { importCommand } from '../../src/cli/commands/import.js';
import { importRatings } from '../../src/data/import.js';
import { remedies } from '../../src/remedies.js';
import { type Place, type RemedyCases, refusal, write } from './remedy-case.js';

const rows = '1,10,5,4\n2,20,4,5\n';

/** Imports with the flag that the message names, and the flags of a rating column's scale. */
async function importWith({ folder, home }: Place, flags: readonly string[]): Promise<void> {
  const words = [`${folder}/a.csv`, '--home', home, ...flags];
  await importCommand().parseAsync(words, { from: 'user' });
}

function importing(place: Place, header: string): Promise<string> {
  return refusal(importRatings(place.home, write(place, 'a.csv', `${header}\n${rows}`)));
}

/** The flag and the value that a message names. */
function flagIn(message: string): string[] {
  const [, flag, quoted, plain] = /(--[a-z-]+)(?: '([^']+)'| ([\w]+))?$/.exec(message) ?? [];
  if (flag === undefined) throw new Error(`no flag in: ${message}`);
  return [flag, quoted ?? plain ?? 'Kunde'];
}

export const columnCases = {
  columnMissing: {
    provoke: (place) => importing(place, 'Kunde,movieId,rating,note'),
    expected: () =>
      remedies.columnMissing({
        missing: 'user',
        columns: '"Kunde", "movieId", "rating", "note"',
      }),
    apply: () => undefined,
    next: async (place) =>
      importWith(place, flagIn(await importing(place, 'Kunde,movieId,rating,note'))),
  },
  columnAmbiguous: {
    provoke: (place) => importing(place, 'userId,movieId,star s,rating'),
    expected: () =>
      remedies.columnAmbiguous({
        purpose: 'rating',
        names: ['star s', 'rating'],
        columns: '"star s" or "rating"',
      }),
    apply: () => undefined,
    next: async (place) =>
      importWith(place, flagIn(await importing(place, 'userId,movieId,star s,rating'))),
  },
  columnTwice: {
    provoke: (place) => importing(place, 'userId,movieId,rating,rating'),
    expected: () =>
      remedies.columnTwice({
        purpose: 'rating',
        names: ['rating', 'rating'],
        columns: '"rating" or "rating"',
      }),
    apply: (place) => void write(place, 'a.csv', `userId,movieId,rating,old\n${rows}`),
    next: (place) => importWith(place, []),
  },
} satisfies RemedyCases;
