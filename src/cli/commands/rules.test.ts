/** The command `rules`. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../test/fixtures/command.js';
import { importRatings } from '../../data/import.js';
import { rulesCommand } from './rules.js';

let folder: string;
let home: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-rules-'));
  home = join(folder, 'home');
  writeFileSync(join(folder, 'ratings.csv'), 'userId,movieId,rating\n1,a,5\n1,b,5\n');
  writeFileSync(join(folder, 'movies.csv'), 'movieId,title,genres\na,A (1990),Drama\nb,B,War\n');
  await importRatings(home, folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const rules = (...words: string[]) => runCommand(rulesCommand(), [...words, '--home', home]);

describe('multvae rules', () => {
  it('lists, adds and removes rules', async () => {
    const none = await rules();
    expect(none.out).toBe('');
    expect(none.err).toContain(`\`multvae rules add hide --items ID --home ${home}\` makes one`);
    const pin = ['add', 'pin', '--items', 'a', '--place', '2', '--name', 'Front'];
    expect((await rules(...pin)).out).toBe('1\n');
    const limit = await rules('add', 'limit', '--each', 'genre', '--at-most', '3', '--json');
    expect(JSON.parse(limit.out)).toEqual({
      id: '2',
      kind: 'limit',
      each: 'genre',
      atMost: 3,
      inForce: true,
    });
    const old = ['add', 'hide', '--genre', 'War', '--max-year', '1999', '--ends-at', '2001-01-01'];
    const ended = await rules(...old);
    expect(ended.out).toBe('3\n');
    expect(ended.err).toBe(
      'rule 3 is stored, and does nothing now: until 2001-01-01T00:00:00.000Z\n',
    );
    const lines = (await rules()).out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(lines).toEqual([
      ['rule', 'kind', 'name', 'items', 'how', 'in force', 'time'],
      ['1', 'pin', 'Front', 'a', 'at place 2', 'now'],
      ['2', 'limit', 'at most 3 of each genre', 'now'],
      ['3', 'hide', 'War; to 1999', 'not now', 'until 2001-01-01T00:00:00.000Z'],
      [''],
    ]);
    await rules('remove', '1', '3');
    expect(JSON.parse((await rules('list', '--json')).out)).toMatchObject([{ id: '2' }]);
    await rules('remove', '2');
  });

  it.each([
    [['add'], /rules add takes one kind of rule; give hide, pin/],
    [['add', 'hide', 'pin'], /one kind of rule, and 2 are given/],
    [['add', 'push', '--items', 'a'], /kind is "push"; give one of hide, pin/],
    [['add', 'hide', '--genre', 'Dram'], /genre is "Dram"; give one of these: Drama, War/],
    [['add', 'pin', '--items', 'a', '--place', '0'], /--place is "0"; give an integer from 1/],
    [['add', 'boost', '--items', 'a', '--by', '0'], /by is 0; give a number above 0 and at most 1/],
    [['remove'], /no rule is named; give the id of one or more/],
    [['remove', '77'], /there is no rule "77" in .*; `multvae rules --home .*` lists them/],
    [['list', 'x'], /rules list takes no x; leave it out/],
    [['--at-most', '3'], /rules list takes no --at-most; leave it out, or use rules add/],
    [['push'], /'push' is invalid for argument 'action'. Allowed choices are list, add, remove/],
  ])('refuses %j', async (words, message) => {
    await expect(rules(...words)).rejects.toThrow(message);
    expect((await rules('--json')).out).toBe('[]\n');
  });
});
