import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { importRatings } from '../../data/import.js';
import { openStore } from '../../data/store/open.js';
import type { Store } from '../../data/store/store.js';
import { RunError } from '../../errors.js';
import { ReportMaker } from './report-maker.js';

const run = 'ease-20261128-065052-b923';
const other = 'ease-20261128-065052-0000';

let folder: string;
let store: Store;
let makers: ReportMaker[];
let setPriority: MockInstance<typeof os.setPriority>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-maker-'));
  writeFileSync(join(folder, 'r.csv'), 'userId,itemId,rating\n1,2,5\n2,3,4\n');
  await importRatings(folder, join(folder, 'r.csv'));
  store = await openStore({ folder, store: null });
  makers = [];
  // Beside other tests, a command of the lowest priority would hardly run.
  setPriority = vi.spyOn(os, 'setPriority').mockReturnValue();
  syncBuiltinESMExports();
});
afterEach(async () => {
  for (const maker of makers) await maker.close();
  setPriority.mockRestore();
  syncBuiltinESMExports();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A maker whose command is a script; the page of a run is the file `page` in the folder. */
function makerOf(script: string): ReportMaker {
  const path = join(folder, 'command.cjs');
  const fs = `const fs = require('fs'); const at = (name) => ${JSON.stringify(folder)} + '/' + name;`;
  writeFileSync(
    path,
    `${fs}\nfs.appendFileSync(at('started'), process.argv[3] + '\\n');\n${script}`,
  );
  const page = join(folder, 'page');
  const evaluations = { page: () => (existsSync(page) ? readFileSync(page, 'utf8') : null) };
  const place = { folder, store: null };
  const maker = new ReportMaker({ place, store, evaluations, command: [path] });
  makers.push(maker);
  return maker;
}

const started = () =>
  existsSync(join(folder, 'started')) ? readFileSync(join(folder, 'started'), 'utf8') : '';
const eventually = <T>(get: () => T) => expect.poll(get);

/** Says what it does, and ends with a page once it is told. */
const waits = `console.error('measuring'); setInterval(() => {
  if (!fs.existsSync(at('go'))) return;
  fs.writeFileSync(at('page'), 'a page');
  process.exit(0);
}, 20);`;

it('makes one report at a time, which every server of the home sees', async () => {
  const maker = makerOf(waits);
  const second = makerOf(waits);
  expect(await maker.state(run)).toMatchObject({ state: 'none', hasPage: false });
  const both = await Promise.all([maker.start(run), second.start(run)]);
  for (const { state } of both) expect(state).toBe('making');
  await eventually(started).toBe(`${run}\n`);
  expect(await second.start(run)).toMatchObject({ state: 'making', hasPage: false });
  await expect(second.start(other)).rejects.toThrow(RunError);
  await eventually(async () => (await second.state(run)).text).toBe('measuring');
  writeFileSync(join(folder, 'go'), '');
  await eventually(async () => (await second.state(run)).state).toBe('made');
  expect(started()).toBe(`${run}\n`);
  const { PRIORITY_LOW } = os.constants.priority;
  expect(setPriority.mock.calls).toEqual([[expect.any(Number), PRIORITY_LOW]]);
});

it('keeps why it failed, until it is made again', async () => {
  const maker = makerOf(`console.error('the disk is full'); process.exitCode = 1;`);
  await maker.start(run);
  await eventually(() => maker.state(run)).toMatchObject({
    state: 'failed',
    text: 'the disk is full',
    since: null,
  });
  expect(await maker.state(other)).toMatchObject({ state: 'none', text: null });
  writeFileSync(join(folder, 'go'), '');
  const second = makerOf(waits);
  await second.start(run);
  await eventually(async () => (await second.state(run)).state).toBe('made');
});

it('stops with its server, and says so', async () => {
  const maker = makerOf(waits);
  await maker.start(run);
  await eventually(started).not.toBe('');
  await maker.close();
  expect(await maker.state(run)).toMatchObject({
    state: 'failed',
    text: 'the server was stopped before it was done; make it again',
  });
  await expect(maker.start(run)).rejects.toThrow('the server is stopping');
});

it('takes a making without a sign of life for failed', async () => {
  const maker = makerOf(waits);
  const making = { run: other, state: 'making', since: '2026-11-28T00:00:00.000Z', token: 't' };
  await store.documents.write('report-making', 'home', { ...making, text: '', beat: 0 });
  expect(await maker.state(other)).toMatchObject({ state: 'failed' });
  expect(await maker.start(run)).toMatchObject({ state: 'making' });
});
