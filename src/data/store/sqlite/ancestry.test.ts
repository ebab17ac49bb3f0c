/** Which earlier data the present data grew from. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importRatings } from '../../import.js';
import { SqliteFeedbackWriter } from './feedback/feedback-writer.js';
import { RatingsDatabase } from './ratings-database.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-ancestry-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** Imports rows, and returns the hash of all data. */
async function importRows(
  rows: string,
  options: { append?: boolean; replace?: boolean } = {},
): Promise<string> {
  const file = join(home, 'ratings.csv');
  writeFileSync(file, `userId,movieId,rating\n${rows}`);
  return (await importRatings(home, file, options)).dataset.dataHash;
}

function descends(...hashes: string[]): boolean[] {
  const database = RatingsDatabase.open(home);
  try {
    return hashes.map((hash) => database.descendsFrom(hash));
  } finally {
    database.close();
  }
}

describe('descendsFrom', () => {
  it('holds for the data themselves, and for all that they were before rows were appended', async () => {
    RatingsDatabase.open(home, { create: true }).close();
    expect(descends('')).toEqual([false]);
    const first = await importRows('a,x,5\n');
    const second = await importRows('a,y,5\n', { append: true });
    const third = await importRows('b,y,5\n', { append: true });
    expect(new Set([first, second, third]).size).toBe(3);
    expect(descends(first, second, third, 'another')).toEqual([true, true, true, false]);
  });

  it('begins anew with data that replace the old ones', async () => {
    const first = await importRows('a,x,5\n');
    const grown = await importRows('a,y,5\n', { append: true });
    const other = await importRows('c,z,5\n', { replace: true });
    expect(descends(first, grown, other)).toEqual([false, false, true]);
    // The same rows again are the same data.
    expect(await importRows('a,x,5\n', { replace: true })).toBe(first);
    expect(descends(first, grown, other)).toEqual([true, false, false]);
  });

  it('holds after a user was deleted', async () => {
    const first = await importRows('a,x,5\nb,x,5\n');
    const writer = new SqliteFeedbackWriter(home);
    await writer.deleteUser('a');
    writer.close();
    const database = RatingsDatabase.open(home);
    expect(database.dataset()?.dataHash).not.toBe(first);
    database.close();
    expect(descends(first)).toEqual([true]);
  });
});
