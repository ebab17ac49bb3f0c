/** Dry runs: what an import would understand, with nothing stored. */

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { importCommand } from '../../cli/commands/import.js';
import { dryRunLines, dryRunTable } from '../../cli/display/dry-run.js';
import { ArgumentError, DataError } from '../../errors.js';
import { dryRunImport } from '../../home/data-sets.js';
import { importRatings } from '../import.js';
import { RatingsDatabase } from '../store/sqlite/ratings-database.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-dry-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function file(content: string, name = 'orders.csv'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const many = Array.from({ length: 7 }, (_, k) => `u${k}, i${k},${k + 1},2024-02-0${k + 1}\n`);
const orders = `customer,sku,qty,ordered_at\n${many.join('')}`;

describe('dryRunImport', () => {
  it('gives the first five rows just as the import stores them', async () => {
    const path = file(orders);
    const options = { columns: { weight: 'qty' }, minWeight: 2 };
    const run = await dryRunImport(path, options);
    expect(run).toMatchObject({
      scale: null,
      clicks: { minWeight: 2 },
      items: null,
      read: 7,
      isWhole: true,
      refused: 0,
      readRemarks: { trimmedIds: 7 },
    });
    expect(run.rows).toHaveLength(5);
    const home = join(folder, 'home');
    await importRatings(home, path, options);
    const database = RatingsDatabase.open(home);
    for (const { userId, ...row } of run.rows) {
      expect(database.userHistory(userId)).toMatchObject([row]);
    }
    database.close();
    expect(run.columns).toEqual(
      (await importRatings(home, path, { ...options, replace: true })).understood.columns,
    );
  });

  it('stores nothing and makes no home, whatever the flags', async () => {
    const home = join(folder, 'home');
    await dryRunImport(file(orders), { home });
    expect(readdirSync(folder)).toEqual(['orders.csv']);
  });

  it('reads the beginning of a large file alone', async () => {
    const row = (k: number) => `u${k % 1000},i${k % 997}\n`;
    const rows = Array.from({ length: 200_000 }, (_, k) => row(k));
    const run = await dryRunImport(file(`user,item\n${rows.join('')}`));
    expect(run.isWhole).toBe(false);
    expect(run.read).toBeLessThan(100_000);
    expect(dryRunLines(run)[0]).toContain(`read only the first ${run.read} rows of more`);
  });

  it('takes several files, of which it names the one with a bad row', async () => {
    const first = file('user,item,rating\na,x,4\n', 'a.csv');
    const second = file('user,item,rating\nb,x,9\n', 'b.csv');
    const run = await dryRunImport([first, second]);
    expect([run.rows.length, run.isWhole]).toEqual([1, false]);
    const turned = await dryRunImport([second, first]);
    expect(turned.refusals).toEqual([expect.stringMatching(/b\.csv, line 2, column rating/)]);
  });

  it('holds bad rows, and throws what makes the whole file unusable', async () => {
    const bad = await dryRunImport(file('user,item,rating\na,x,9\nb,,5\nc,y,5\n'));
    expect([bad.read, bad.refused, bad.rows]).toEqual([
      3,
      2,
      [{ userId: 'c', itemId: 'y', rating: 5, weight: null, timestamp: null }],
    ]);
    expect(bad.refusals).toEqual([
      expect.stringMatching(/orders\.csv, line 2, column rating, value "9": a rating must be from/),
      expect.stringMatching(/orders\.csv, line 3, column item, value "": an id must not be empty/),
    ]);
    await expect(dryRunImport(file('a,b,c\n1,2,3\n'))).rejects.toThrow(DataError);
    await expect(dryRunImport(file('user,item\n'))).rejects.toThrow(/holds no rating/);
    await expect(dryRunImport(file(orders), { minWeight: -1 })).rejects.toThrow(ArgumentError);
    const none = await dryRunImport(file('user,item,rating\na,x,9\n'));
    expect(dryRunLines(none).at(-1)).toBe('no row would be stored');
  });
});

describe('multvae import --dry-run', () => {
  it('prints what was understood, and the first rows with times as dates', async () => {
    const run = await dryRunImport(file(orders), { columns: { weight: 'qty' } });
    expect(dryRunLines(run)).toEqual([
      `dry run of ${join(folder, 'orders.csv')}: nothing is stored; read all 7 rows`,
      'columns: user "customer", item "sku", time "ordered_at", weight "qty" (--user-column, --item-column, --timestamp-column, --weight-column)',
      'ratings: none (--rating-column)',
      'clicks: with a weight above 0 (--min-weight)',
      'titles: none (--items)',
      '7 ids with blanks around: trimmed',
      '7 times without a zone: taken as UTC',
      'the first rows as they would be stored:',
    ]);
    const lines = dryRunTable(run).trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^user +item +weight +time$/);
    expect(lines[5]).toMatch(/^u4 +i4 +5 +2024-02-05T00:00:00Z$/);
  });

  it('reads no column that a flag leaves out, and touches no home', async () => {
    const home = join(folder, 'home');
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const flags = ['--dry-run', '--replace', '--drop-feedback', '--no-timestamp-column'];
    await importCommand().parseAsync([file(orders), '--home', home, ...flags], { from: 'user' });
    expect(existsSync(home)).toBe(false);
    const text = out.mock.calls.map(([part]) => part).join('');
    expect(text.trimEnd().split('\n')).toHaveLength(6);
    expect(text).toMatch(/^user +item\nu0 +i0\n/);
  });
});
