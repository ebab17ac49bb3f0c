/** Names and notes of runs: `multvae label`, and what becomes of them when runs are deleted. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../../../test/fixtures/command.js';
import { smallRun } from '../../../test/fixtures/small-run.js';
import { importRatings } from '../../data/import.js';
import { openStore } from '../../data/store/open.js';
import { UnknownRunError } from '../../errors.js';
import { RunStore } from '../../runs/store.js';
import { changeLabel } from '../../serving/settings/run-labels.js';
import { labelCommand } from './label.js';
import { removeCommand } from './remove.js';
import { runsCommand } from './runs.js';

let folder: string;
let home: string;
const old = 'ease-20260101-120000-abcd';
const middle = 'ease-20260102-120000-abcd';
const newest = 'ease-20260103-120000-abcd';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-label-'));
  home = join(folder, 'home');
  writeFileSync(join(folder, 'orders.csv'), 'userId,itemId\n1,a\n1,b\n');
  await importRatings(home, join(folder, 'orders.csv'));
  const runs = new RunStore(home);
  for (const id of [old, middle, newest]) runs.publish(id, smallRun());
});
afterAll(() => rmSync(folder, { recursive: true }));

const label = (...words: string[]) => runCommand(labelCommand(), [...words, '--home', home]);
const runs = (...words: string[]) => runCommand(runsCommand(), [...words, '--home', home]);
async function kept() {
  const store = await openStore({ folder: home, store: null });
  try {
    return (await store.documents.list('run-labels')).map(({ id }) => id);
  } finally {
    await store.close();
  }
}
const labelOf = async (id: string) => {
  const listed = JSON.parse((await runs('--json')).out) as { id: string }[];
  const { name, note } = listed.find((run) => run.id === id) as never;
  return { name, note };
};

it('names a run and notes something on it; what is not given stays, and an empty text takes away', async () => {
  expect((await runs()).out).not.toContain('name');
  expect(await labelOf(old)).toEqual({ name: null, note: null });
  const named = await label(old, '--name', ' Spring 🌱 ', '--note', 'two\r\nlines');
  expect(named.out).toBe(`${old}\n`);
  expect(named.err).toContain(`${old} is called Spring 🌱`);
  expect(await labelOf(old)).toEqual({ name: 'Spring 🌱', note: 'two\nlines' });
  const table = await runs();
  expect(table.out).toMatch(/name/);
  expect(table.out).toContain('Spring 🌱');
  expect(table.err).toContain(`note on ${old}: two`);
  await label(old, '--note', '');
  expect(await labelOf(old)).toEqual({ name: 'Spring 🌱', note: null });
  await label(old, '--name', '');
  expect(await kept()).toEqual([]);
});

it('refuses what is no name or note, and an unknown run', async () => {
  await expect(label(old)).rejects.toThrow('give a name, a note or both');
  for (const name of ['a\nb', 'x'.repeat(101), '\u0007', '\ud800']) {
    await expect(label(old, '--name', name)).rejects.toThrow(/the name of the run is .*1 to 100/);
  }
  await expect(label(old, '--note', 'x'.repeat(2001))).rejects.toThrow(/the note .*1 to 2000/);
  await expect(label('ease-20200101-000000-abcd', '--name', 'x')).rejects.toThrow(UnknownRunError);
  await label(old, '--name', '🌱'.repeat(100), '--note', 'x'.repeat(2000));
  await label(old, '--name', '', '--note', '');
  expect(await kept()).toEqual([]);
});

it('keeps both when the name and the note are written at once', async () => {
  const store = await openStore({ folder: home, store: null });
  try {
    await Promise.all([
      changeLabel(store, old, { name: 'n' }),
      changeLabel(store, old, { note: 'm' }),
    ]);
  } finally {
    await store.close();
  }
  expect(await labelOf(old)).toEqual({ name: 'n', note: 'm' });
});

it('goes with a run that is removed or pruned, and stays with the others', async () => {
  for (const id of [old, middle, newest]) await label(id, '--name', 'same name');
  await runCommand(removeCommand(), [middle, '--home', home]);
  expect(await kept()).toEqual([old, newest]);
  await runs('--prune', '1');
  expect(await kept()).toEqual([newest]);
});
