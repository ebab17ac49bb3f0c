/** The journal of a hyper-parameter search. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../config/parse.js';
import { HomeError } from '../../../errors.js';
import { RatingsDatabase } from './ratings-database.js';
import { SearchJournal } from './search-journal.js';

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
  it('gives the recorded results in order, and only to the same search', () => {
    const journal = SearchJournal.open(home, '{"seed":1}');
    expect(journal.results()).toEqual([]);
    journal.record(failed);
    journal.record(result);
    journal.close();
    const again = SearchJournal.open(home, '{"seed":1}');
    expect(again.search).toBe(journal.search);
    expect(again.results()).toEqual([failed, result]);
    const other = SearchJournal.open(home, '{"seed":2}');
    expect(other.search).not.toBe(again.search);
    expect(other.results()).toEqual([]);
    other.record(result);
    expect(again.results()).toHaveLength(2);
    again.close();
    other.close();
  });

  it('refuses a result that another process has recorded', () => {
    const mine = SearchJournal.open(home, '{}');
    const theirs = SearchJournal.open(home, '{}');
    theirs.record(result);
    expect(() => mine.record(result)).toThrow(HomeError);
    expect(() => mine.record(result)).toThrow(/trial 1 already: another process/);
    mine.record({ ...result, rung: 1 });
    mine.close();
    theirs.close();
  });
});
