/** What an import says that it understood, and the lines that the command prints of it. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImportOptions, type ImportSummary, importRatings } from '../../data/import.js';
import { understandingLines } from './import.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-understanding-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function importText(
  name: string,
  content: string,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  writeFileSync(join(folder, name), content);
  return importRatings(join(folder, 'home'), join(folder, name), options);
}

describe('understandingLines', () => {
  it('says which columns are used and which are not, what a click is, and who is left out', async () => {
    const five = [1, 2, 3, 4, 5].map((item) => `a,${item},${item === 5 ? 2 : 4},7,x\n`).join('');
    const items = join(folder, 'titles.csv');
    writeFileSync(items, 'movieId,title,genres\n1,One,\n9,Nine,\n2,,\n');
    const content = `userId,sku,stars,ts,tag,plays\n${five}b,1,5,7,y\n`.replaceAll(
      /,(x|y)/g,
      ',$1,3',
    );
    const summary = await importText('a.csv', content, { items });
    expect(summary.understood).toMatchObject({
      scale: { low: 0.5, high: 5 },
      clicks: { threshold: 3.5, count: 5, minClicks: 5, usersBelow: 2 },
      titledItems: 1,
      feedback: { kept: 0, onKnownItems: 0 },
    });
    expect(understandingLines(summary)).toEqual([
      'columns: user "userId", item "sku", rating "stars", time "ts" (--user-column, --item-column, --rating-column, --timestamp-column)',
      'not read: "tag"; "plays", a count (--weight-column plays)',
      'ratings: from 0.5 to 5 (--scale, --no-rating-column)',
      'clicks: 5 of 6 rows, those above 3.5 (train --threshold); 2 of 2 users with fewer than 5 take no part in training (train --min-clicks)',
      'titles: 1 of 5 rated items have one (--items)',
    ]);
  });

  it('says that each row is a click where no column has ratings, as in a file of tags', async () => {
    const tags = [1, 2, 3, 4, 5].map((item) => `a,${item},funny,7\n`).join('');
    const summary = await importText('tags.csv', `userId,movieId,tag,timestamp\n${tags}`);
    expect(summary.understood).toMatchObject({ scale: null, clicks: { count: 5, usersBelow: 0 } });
    expect(understandingLines(summary)).toEqual([
      'columns: user "userId", item "movieId", time "timestamp" (--user-column, --item-column, --timestamp-column)',
      'not read: "tag"',
      'ratings: none, so each row is a click (--rating-column)',
      'clicks: all 5 rows; 0 of 1 user with fewer than 5 take no part in training (train --min-clicks)',
      'titles: 0 of 5 rated items have one (--items)',
    ]);
  });

  it('says that counts without a header may have been taken for ratings', async () => {
    const summary = await importText('counts.tsv', 'a\tx\t1\na\ty\t5\n');
    expect(understandingLines(summary).slice(0, 3)).toEqual([
      'columns, separated by tabs (--delimiter), without a header (--header): user 1, item 2, rating 3 (--user-column, --item-column, --rating-column)',
      'ratings: from 1 to 5 (--scale, --no-rating-column); add --no-rating-column if they are counts',
      'clicks: 1 of 2 rows, those above 3.5 (train --threshold); 1 of 1 user with fewer than 5 take no part in training (train --min-clicks)',
    ]);
    const counted = await importText('counts.tsv', 'a\tx\t1\na\ty\t5\n', {
      replace: true,
      columns: { rating: null },
    });
    expect(understandingLines(counted).slice(0, 3)).toEqual([
      'columns, separated by tabs (--delimiter), without a header (--header): user 1, item 2 (--user-column, --item-column)',
      'not read: 3 (--rating-column, --timestamp-column, --weight-column)',
      'ratings: none, so each row is a click (--rating-column)',
    ]);
  });

  it('says the default threshold of another scale, and which rows the assumed scale refused', async () => {
    const content = 'user,item,score\na,x,7\na,y,8\na,z,4\n';
    const scaled = await importText('a.csv', content, { scale: { low: 0, high: 10 } });
    expect(understandingLines(scaled).slice(1, 3)).toEqual([
      'ratings: from 0 to 10 (--scale, --no-rating-column)',
      'clicks: 1 of 3 rows, those above 7 (train --threshold); 1 of 1 user with fewer than 5 take no part in training (train --min-clicks)',
    ]);
    const skipped = await importText('a.csv', content, { replace: true, skipBadRows: true });
    expect(understandingLines(skipped)).toContain(
      '2 rows refused because the rating is not from 0.5 to 5 (--scale)',
    );
  });

  it('says what was trimmed and converted, and which rows of the home have no rating', async () => {
    await importText('a.csv', 'user,item,rating\na,x,5\na,y,1\n');
    const content = 'user,item,date\na, z,1500000000000\nb,x,1500000000000000\n';
    const appended = await importText('b.csv', content, { append: true });
    expect(understandingLines(appended).slice(2)).toEqual([
      'clicks: 3 of 4 rows, those above 3.5 or without a rating (train --threshold); 2 of 2 users with fewer than 5 take no part in training (train --min-clicks)',
      'titles: 0 of 3 rated items have one (--items)',
      '1 id with blanks around: trimmed',
      '1 time in milliseconds: converted into seconds',
      '1 time in microseconds: converted into seconds',
    ]);
  });

  it('counts every user of the home, also where users come in between and again', async () => {
    const rows = (users: string[], count: number, first = 0) =>
      users.flatMap((user) =>
        Array.from({ length: count }, (_, k) => `${user},${first + k},${1 + (k % 5)}\n`),
      );
    const header = 'user,item,rating\n';
    const many = Array.from({ length: 3000 }, (_, k) => `n${k}`);
    const first = await importText('a.csv', header + rows(['a', 'b'], 12).join(''));
    expect(first.understood.clicks).toMatchObject({ count: 8, usersBelow: 2 });
    const more = [...rows(['b'], 12, 20), ...rows(many, 5), 'a,0,5\n', 'a,3,1\n'];
    const { understood } = await importText('b.csv', header + more.join(''), { append: true });
    // a: one click more and one less; b: twice as many; each other user: two.
    expect(understood.clicks).toMatchObject({ count: 4 + 8 + 6000, usersBelow: 3001 });
  });

  it('shows control characters of a header instead of sending them', async () => {
    const summary = await importText('a.csv', 'user,item,\u001b]0;gone\u0007\na,x,1\n');
    expect(understandingLines(summary)[1]).toBe('not read: "\\u001b]0;gone\\u0007"');
  });
});
