/** The table of causes and remedies, row by row: the cause is provoked, the remedy applied, and the next command works. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RemedyName, remedies } from '../../src/remedies.js';
import { columnCases } from '../remedies/columns.js';
import { ratingsFileCases } from '../remedies/ratings-files.js';
import type { RemedyCase, RemedyCases } from '../remedies/remedy-case.js';
import { splitCases } from '../remedies/splits.js';
import { trainingCases } from '../remedies/trainings.js';

/** A file of `test/remedies` for each part of the product. */
const parts: readonly RemedyCases[] = [ratingsFileCases, columnCases, splitCases, trainingCases];

const cases = new Map<string, RemedyCase>(parts.flatMap((part) => Object.entries(part)));

describe.each(Object.keys(remedies) as RemedyName[])('%s', (name) => {
  it('names a remedy that works', async () => {
    const row = cases.get(name);
    if (row === undefined) throw new Error(`no file of test/remedies has a case for ${name}`);
    const folder = mkdtempSync(join(tmpdir(), 'multvae-remedy-'));
    const place = { folder, home: join(folder, 'home') };
    try {
      const message = await row.provoke(place);
      const { cause, remedy } = row.expected(place);
      expect(message).toContain(cause);
      expect(message).toContain(remedy);
      await row.apply(place, message);
      await row.next(place);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

it('has no case without a row', () => {
  expect([...cases.keys()].filter((name) => !(name in remedies))).toEqual([]);
});
