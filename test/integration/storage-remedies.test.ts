/** The table of storage errors, row by row: the fault is made, the remedy applied, and the next command works. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { storageMeanings } from '../../src/storage/faults.js';
import { storageCases } from '../remedies/storage.js';

for (const { codes, says, remedy } of storageMeanings) {
  const [code = ''] = codes;
  const row = storageCases[code];
  const cannot = row?.cannot;
  const skipped = cannot === undefined ? '' : ` (skipped: ${cannot})`;
  it.skipIf(cannot !== undefined)(`${code}: ${says}${skipped}`, async () => {
    if (row === undefined || row.cannot !== undefined) throw new Error(`${code} has no case`);
    const folder = mkdtempSync(join(tmpdir(), 'multvae-storage-'));
    const place = { folder, home: join(folder, 'home') };
    try {
      const message = await row.provoke(place);
      expect(message).toContain(says);
      // A sentence may begin with it.
      expect(message).toContain(remedy.slice(1));
      row.apply(place);
      await row.next(place);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

it('has no case without a row', () => {
  const codes = storageMeanings.map(({ codes: [code] }) => code);
  expect(Object.keys(storageCases).filter((code) => !codes.includes(code))).toEqual([]);
});
