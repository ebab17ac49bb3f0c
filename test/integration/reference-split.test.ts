/** The split against the reference code's own files. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paperProtocol } from '../../src/config/protocol.js';
import { importRatings } from '../../src/data/import.js';
import {
  type ReferenceFileName,
  referenceFileNames,
  referenceFiles,
  verifyReferenceFiles,
} from '../../src/data/split/reference-files.js';
import { strongGeneralization } from '../../src/data/split/users.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { realDatasets } from '../fixtures/real-datasets.js';

const data = realDatasets(['ml-1m', 'ml-1m-vae_cf-split']);

describe.skipIf(data === null)('the reference split of MovieLens 1M', () => {
  let home: string;
  const filesFor = (splitSeed: number) => {
    const database = RatingsDatabase.open(home);
    try {
      const { ratingThreshold, minClicks } = paperProtocol;
      const clicks = database.labelledClicks(ratingThreshold, minClicks);
      const protocol = { ...paperProtocol, splitSeed, heldoutUsers: 600 };
      return referenceFiles(strongGeneralization(clicks, protocol));
    } finally {
      database.close();
    }
  };
  let files: Record<ReferenceFileName, Buffer>;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'multvae-reference-'));
    await importRatings(home, join(data!, 'ml-1m'));
    files = filesFor(paperProtocol.splitSeed);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it.each(referenceFileNames)('%s equals the reference code’s, byte for byte', (name) => {
    const golden = readFileSync(join(data!, 'ml-1m-vae_cf-split', name));
    expect(files[name].equals(golden)).toBe(true);
  });

  it('has the published checksums', () => {
    expect(verifyReferenceFiles(files, 'ml-1m', 600)).toEqual([...referenceFileNames]);
  });

  it('would notice another split seed', () => {
    const other = filesFor(paperProtocol.splitSeed + 1);
    for (const name of referenceFileNames) expect(other[name].equals(files[name])).toBe(false);
    expect(() => verifyReferenceFiles(other, 'ml-1m', 600)).toThrow(/differ from the reference/);
  });
});
