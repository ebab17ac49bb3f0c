/** Remedies for a header whose columns cannot be told, and for ratings of another scale. */

import { importCommand } from '../../src/cli/commands/import.js';
import type { FeedbackEvent } from '../../src/data/feedback.js';
import type { ItemId, UserId } from '../../src/data/ids.js';
import { importRatings } from '../../src/data/import.js';
import { SqliteFeedbackWriter } from '../../src/data/store/sqlite/feedback/feedback-writer.js';
import { remedies } from '../../src/remedies.js';
import { type Place, type RemedyCases, refusal, write } from './remedy-case.js';

const rows = '1,10,5,4\n2,20,4,5\n';

/** Imports with the flag that the message names, and the flags of a rating column's scale. */
async function importWith({ folder, home }: Place, flags: readonly string[]): Promise<void> {
  const words = [`${folder}/a.csv`, '--home', home, ...flags];
  await importCommand().parseAsync(words, { from: 'user' });
}

function importing(place: Place, header: string, body = rows): Promise<string> {
  return refusal(importRatings(place.home, write(place, 'a.csv', `${header}\n${body}`)));
}

const event: FeedbackEvent = {
  key: 'k',
  userId: '1' as UserId,
  itemId: '10' as ItemId,
  rating: 4,
  timestamp: null,
};
const csv = 'userId,movieId,rating\n1,11,3\n';

/** A home with ratings from 0 to 10. */
async function importOf10(place: Place): Promise<void> {
  const path = write(place, 'ten.csv', 'userId,movieId,rating\n1,10,9\n');
  await importRatings(place.home, path, { scale: { low: 0, high: 10 } });
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
        columns: '"star s" or "rating"',
        choice: 'star s',
      }),
    apply: () => undefined,
    next: async (place) =>
      importWith(place, flagIn(await importing(place, 'userId,movieId,star s,rating'))),
  },
  ratingOutOfScale: {
    provoke: (place) => importing(place, 'userId,movieId,rating,note', '1,10,9,4\n'),
    expected: () => remedies.ratingOutOfScale({ low: 0.5, high: 5 }),
    apply: () => undefined,
    next: (place) => importWith(place, ['--scale', '0..10']),
  },
  scaleAssumed: {
    provoke: async (place) => {
      await importOf10(place);
      return refusal(importRatings(place.home, write(place, 'a.csv', csv), { append: true }));
    },
    expected: ({ home }) =>
      remedies.scaleAssumed({ home, has: { low: 0, high: 10 }, takenFor: { low: 0.5, high: 5 } }),
    apply: () => undefined,
    next: (place) => importWith(place, ['--append', '--scale', '0..10']),
  },
  scaleOther: {
    provoke: async (place) => {
      await importOf10(place);
      const scale = { low: 0, high: 5 };
      return refusal(
        importRatings(place.home, write(place, 'a.csv', csv), { append: true, scale }),
      );
    },
    expected: ({ home }) =>
      remedies.scaleOther({ home, has: { low: 0, high: 10 }, takenFor: { low: 0, high: 5 } }),
    apply: (place) => void write(place, 'a.csv', csv.replace('3\n', '6\n')),
    next: (place) => importWith(place, ['--append', '--scale', '0..10']),
  },
  feedbackOfOtherScale: {
    provoke: async (place) => {
      await importOf10(place);
      const writer = new SqliteFeedbackWriter(place.home);
      await writer.store([event]);
      writer.close();
      return refusal(importRatings(place.home, write(place, 'a.csv', csv), { replace: true }));
    },
    expected: ({ home, folder }) =>
      remedies.feedbackOfOtherScale({
        home,
        events: 1,
        has: { low: 0, high: 10 },
        ratings: `those of ${folder}/a.csv are from 0.5 to 5`,
      }),
    apply: () => undefined,
    next: (place) => importWith(place, ['--replace', '--drop-feedback']),
  },
} satisfies RemedyCases;
