/** The journal of a hyper-parameter search. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../config/parse.js';
import { HomeError } from '../../../errors.js';
import { RatingsDatabase } from './ratings-database.js';
import { SqliteSearchJournal } from './search-journal.js';

const config = parseConfig('mult-vae', { hiddenDims: [8], epochs: 3 });
const result = { trial: 0, rung: 0, config, score: 0.25, failure: null, durationS: 1.5 };
const failed = { trial: 1, rung: 0, config, score: null, failure: 'NaN', durationS: 0.1 };

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-journal-'));
  RatingsDatabase.open(home, { create: true }).close();
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

describe('a search journal', () => {
  it('gives the recorded results in order, and only to the same search', async () => {
    const journal = SqliteSearchJournal.open(home, '{"seed":1}');
    expect(await journal.results()).toEqual([]);
    await journal.record(failed);
    await journal.record(result);
    await journal.close();
    const again = SqliteSearchJournal.open(home, '{"seed":1}');
    expect(again.search).toBe(journal.search);
    expect(await again.results()).toEqual([failed, result]);
    const other = SqliteSearchJournal.open(home, '{"seed":2}');
    expect(other.search).not.toBe(again.search);
    expect(await other.results()).toEqual([]);
    await other.record(result);
    expect(await again.results()).toHaveLength(2);
    await again.close();
    await other.close();
  });

  it('refuses a result that another process has recorded', async () => {
    const mine = SqliteSearchJournal.open(home, '{}');
    const theirs = SqliteSearchJournal.open(home, '{}');
    await theirs.record(result);
    await expect(mine.record(result)).rejects.toThrow(HomeError);
    await expect(mine.record(result)).rejects.toThrow(/trial 1 already: another process/);
    await mine.record({ ...result, rung: 1 });
    await mine.close();
    await theirs.close();
  });
});
