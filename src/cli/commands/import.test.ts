/** The flags of `multvae import`, and the remark of a training on the scale. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { ArgumentError } from '../../errors.js';
import { describeClicks } from '../protocol.js';
import { importCommand } from './import.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-import-command-'));
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

async function run(flags: string, content = 'who,item,rating,Rating,when\na,x,9,1,7\na,y,8,1,8\n') {
  const path = join(folder, 'plays.csv');
  writeFileSync(path, content);
  const words = flags === '' ? [] : flags.split(' ');
  await importCommand().parseAsync([path, '--home', join(folder, 'home'), ...words], {
    from: 'user',
  });
}

/** The name, the scale and the history of user a. */
function stored() {
  const database = RatingsDatabase.open(join(folder, 'home'));
  const { name, scale } = database.dataset()!;
  const history = database.userHistory('a')!.map(({ rating, timestamp }) => [rating, timestamp]);
  database.close();
  return { name, scale, history };
}

/** What was written on stderr. */
function notes(): string {
  return vi
    .mocked(process.stderr.write)
    .mock.calls.map(([text]) => text)
    .join('');
}

describe('multvae import', () => {
  it('finds the columns that no flag names, and gives the data a name', async () => {
    await run('--user-column who --rating-column rating --scale 0..10 --name mine');
    const history = [
      [8, null],
      [9, null],
    ];
    expect(stored()).toEqual({ name: 'mine', scale: { low: 0, high: 10 }, history });
    expect(notes()).toContain('not read: "Rating"; "when"\n');
    expect(notes()).toContain('those above 7 (train --threshold)');
  });

  it('reads no ratings and no times where flags say so', async () => {
    await run('--user-column who --timestamp-column when --no-rating-column');
    expect(stored().history).toEqual([
      [null, 8],
      [null, 7],
    ]);
    await run('--user-column who --no-rating-column --no-timestamp-column --replace');
    expect(stored()).toMatchObject({ name: 'plays', scale: null });
    expect(stored().history[0]).toEqual([null, null]);
  });

  it.each([
    [
      '--delimiter ;',
      'who;item\na;x\n',
      'columns, separated by semicolons (--delimiter): user "who"',
    ],
    ['--delimiter \\t', 'who\titem\na\tx\n', 'separated by tabs (--delimiter): '],
    ['--delimiter TAB', 'who\titem\na\tx\n', 'separated by tabs (--delimiter): '],
    ['--delimiter blank', 'who item\na x\n', 'separated by blanks (--delimiter): '],
    ['--delimiter space', 'who   item\na x\n', 'separated by blanks (--delimiter): '],
    ['--delimiter ::', 'who::item\na::x\n', 'separated by pairs of colons (--delimiter): '],
    [
      '--no-header',
      'a|x\nb|y\n',
      'bars (--delimiter), without a header (--header): user 1, item 2',
    ],
    ['--header --item-column 2', '1,2\na,3\n', 'columns: user "1", item "2"'],
  ])('reads %s', async (flags, content, expected) => {
    const user = flags.startsWith('--no-header') ? '' : ' --user-column 1';
    await run(`${flags}${user}`, content);
    expect(stored().history).toHaveLength(1);
    expect(notes()).toContain(expected);
  });

  it.each(['#', 'tabs', ';;', ''])('refuses the delimiter %j', async (delimiter) => {
    const answer = run(`--user-column who --delimiter=${delimiter}`);
    await expect(answer).rejects.toThrow(ArgumentError);
    await expect(answer).rejects.toThrow(/--delimiter is .*give one of , ; \| :: tab blank/);
  });

  it('takes dates for times', async () => {
    await run('--timestamp-column when', 'user,item,when\na,x,2023-11-14\na,y,2023-11-14 09:30\n');
    const day = Date.UTC(2023, 10, 14) / 1000;
    expect(stored().history).toEqual([
      [null, day + 9.5 * 3600],
      [null, day],
    ]);
    expect(notes()).toContain('2 times without a zone: taken as UTC\n');
  });

  it.each(['5..5', '5..1', '0..1e3', '-2000000000..0', '0-10', ''])(
    'refuses the scale %j',
    async (scale) => {
      const answer = run(`--user-column who --rating-column rating --scale=${scale}`);
      await expect(answer).rejects.toThrow(ArgumentError);
      await expect(answer).rejects.toThrow(/--scale is .*such as 0\.\.10/);
    },
  );
});

describe('describeClicks', () => {
  const protocol = { ratingThreshold: 7, minClicks: 5, heldoutUsers: 1, splitSeed: 1 };
  it('says what weights add up to', () => {
    const words = (scale: { low: number; high: number } | null, minWeight: number) =>
      describeClicks(protocol, { scale, minWeight }).split(' (')[0];
    expect(words(null, 2.5)).toBe('a click is every row, whose weights add up to 2.5 or more');
    expect(words({ low: 0, high: 10 }, 0)).toBe(
      'a click is a rating above 7 on the scale from 0 to 10, whose weights add up to more than 0',
    );
  });

  it.each([
    [
      protocol,
      { low: 0, high: 10 },
      /^a click is a rating above 7 on the scale from 0 to 10 \(--thr/,
    ],
    [{ ...protocol, ratingThreshold: null }, { low: 0, high: 10 }, /^a click is every row \(--thr/],
    [
      protocol,
      null,
      /^a click is every row .*; users with fewer than 5 are left out \(--min-clicks\)$/,
    ],
  ])('%j, %j', (asked, scale, expected) => {
    expect(describeClicks(asked, { scale, minWeight: null })).toMatch(expected);
  });
});
