/** What a table says where it has another form than it seems: no row of it is good. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { remedies } from '../../remedies.js';
import { IdIndex } from './id-index.js';
import { recogniseRatings } from './ratings-file.js';
import type { RatingsFileOptions } from './ratings-format.js';

let path: string;
beforeAll(() => {
  path = join(mkdtempSync(join(tmpdir(), 'multvae-rows-')), 'a.txt');
});
afterAll(() => rmSync(join(path, '..'), { recursive: true }));

async function refusedOf(content: string, options: RatingsFileOptions = {}) {
  writeFileSync(path, content);
  const file = await recogniseRatings(path, options);
  const refused = [];
  for await (const batch of file.read(new IdIndex(), new IdIndex())) refused.push(...batch.refused);
  return refused;
}

const number = 'a rating must be a number';

describe('a table without a good row', () => {
  it.each([
    [
      'user\titem\trating\nu\ta\t4,5\nu\tb\t-3,5\n',
      () => remedies.decimalCommas({ path, rule: number }),
    ],
    // Between commas, a comma in a field is no decimal comma.
    ['user,item,rating\nu,a,"4,5"\n', () => remedies.noRatings({ rule: number })],
    ['user\titem\trating\nu\ta\t4,5 of 5\n', () => remedies.noRatings({ rule: number })],
    ['user\titem\trating\nu\ta\tabout 4,5\n', () => remedies.noRatings({ rule: number })],
    ['user\titem\trating\nu\ta\tgood\n', () => remedies.noRatings({ rule: number })],
    [
      'user\titem\trating\nu\ta\t\n',
      () => remedies.noRatings({ rule: 'a rating must not be empty' }),
    ],
    [
      'user\titem\nu\ta\tb\n',
      () => remedies.headerLength({ rule: 'the row has 3 fields where 2 are expected' }),
    ],
  ])('%j', async (content, row) => {
    const { cause, remedy } = row();
    expect(await refusedOf(content)).toMatchObject(
      content
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((_, r) => ({ line: r + 2, rule: cause, remedy })),
    );
  });

  it('says so of its times and of its ids', async () => {
    const [time] = await refusedOf('user,item,rating,timestamp\nu,a,4,soon\n');
    expect(time).toMatchObject({ column: 'timestamp', value: 'soon', row: 'u,a,4,soon' });
    expect(time!.remedy).toBe(remedies.noTimes({ rule: '' }).remedy);
    const [id] = await refusedOf('user,item,rating\n,a,4\n');
    expect(id).toMatchObject({ column: 'user', value: '', row: ',a,4' });
    expect(id!.remedy).toBe(remedies.noGoodRow({ rule: '' }).remedy);
    expect(id!.rule).toMatch(/, and every row so far breaks a rule$/);
  });

  it('keeps a remedy that is better, and gives none after a good row', async () => {
    const [high] = await refusedOf('user,item,rating\nu,a,7\n');
    expect(high!.remedy).toMatch(/--scale/);
    const [later] = await refusedOf('user\titem\trating\nu\ta\t4\nu\tb\t4,5\n');
    expect(later).toEqual({
      line: 3,
      column: 'rating',
      value: '4,5',
      rule: number,
      row: 'u\tb\t4,5',
    });
  });
});

it('says in which column and with which value a date may mean several days', async () => {
  await expect(
    refusedOf('user,item,date\nu,a,\nv,b,2023-11-14\nw,c,1/2/2023\n'),
  ).rejects.toMatchObject({
    place: { file: path, column: 'date', value: '1/2/2023' },
    remedy: expect.stringMatching(/^Write the dates with the year first: if/),
  });
});
