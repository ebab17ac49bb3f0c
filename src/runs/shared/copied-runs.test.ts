/** The runs of a home on their way to another place, and back. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryRuns } from '../../../test/fixtures/memory-runs.js';
import { smallRun } from '../../../test/fixtures/small-run.js';
import type { CopiedRuns } from '../../data/store/copy/copies.js';
import { RunError } from '../../errors.js';
import { RunStore } from '../store.js';
import { runsOfFolder, runsOfStore, writeRuns } from './copied-runs.js';

const old = 'ease-20260101-000000-aaaa';
const young = 'popularity-20260301-000000-bbbb';

let home: string;
let target: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-copied-'));
  target = join(home, 'deep', 'target');
});
afterEach(() => rmSync(home, { recursive: true }));

/** The names and contents of a folder's files; but locks. */
function filesIn(folder: string): Record<string, string> {
  const names = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return Object.fromEntries(
    names
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

function fillHome(): void {
  const store = new RunStore(home);
  store.publish(young, smallRun(600));
  store.publish(old, smallRun());
  store.activate(old);
  store.activate(young);
  mkdirSync(join(home, 'evaluations'));
  for (const [name, text] of [
    [`${young}.html`, '<p>'],
    [`${young}-test.json`, '{"a":1}'],
    [`${old}-validation.json`, '{"b":2}'],
    [`${old}-test2.json`, 'no document'],
    [`${old}-test.json.bak`, 'no document'],
    [`x-${old}`, 'no document'],
    ['plain.html', 'no document'],
  ] as const) {
    writeFileSync(join(home, 'evaluations', name), text);
  }
}

async function documentsOf({ documents }: CopiedRuns): Promise<string[][]> {
  return Promise.all(documents.map(async ({ run, name, read }) => [run, name, await read()]));
}

const documents = [
  [old, 'validation.json', '{"b":2}'],
  [young, 'test.json', '{"a":1}'],
  [young, 'report.html', '<p>'],
];

describe('the runs of a folder', () => {
  it('are all in it, the oldest first, with the activations and documents', async () => {
    fillHome();
    rmSync(join(home, 'runs', old), { recursive: true });
    new RunStore(home).publish(old, smallRun());
    const copied = await runsOfFolder(home);
    expect(copied.runs.map(({ id }) => id)).toEqual([old, young]);
    expect(copied.activations).toEqual([young, old]);
    expect(await documentsOf(copied)).toEqual(documents);
    rmSync(join(home, 'runs', old), { recursive: true });
    const rest = await runsOfFolder(home);
    expect([rest.runs.length, rest.activations]).toEqual([1, [young]]);
  });

  it('are none in a new home', async () => {
    expect(await runsOfFolder(home)).toEqual({ runs: [], activations: [], documents: [] });
  });

  it('arrive in another home as they were', async () => {
    fillHome();
    await writeRuns(target, await runsOfFolder(home));
    for (const run of [old, young]) {
      expect(filesIn(join(target, 'runs', run))).toEqual(filesIn(join(home, 'runs', run)));
    }
    expect(filesIn(join(target, 'runs'))).toEqual({ active: `${young}\n${old}\n` });
    expect(filesIn(join(target, 'evaluations'))).toEqual({
      [`${young}.html`]: '<p>',
      [`${young}-test.json`]: '{"a":1}',
      [`${old}-validation.json`]: '{"b":2}',
    });
    await writeRuns(join(home, 'other'), { runs: [], activations: [], documents: [] });
    expect(readdirSync(join(home, 'other'))).toEqual(['runs']);
  });
});

describe('the runs of a store', () => {
  it('arrive in a home with their documents', async () => {
    fillHome();
    const shared = new MemoryRuns();
    const own = await runsOfFolder(home);
    for (const { id, files } of own.runs) await shared.publish(id, files);
    shared.force([...own.activations]);
    for (const [run, name, text] of documents) {
      await shared.keepDocument({ run: run!, name: name! }, text!);
    }
    const copied = await runsOfStore(shared);
    expect(copied.activations).toEqual([young, old]);
    expect(await documentsOf(copied)).toEqual(documents);
    await writeRuns(target, copied);
    expect(new RunStore(target).active()).toBe(young);
    expect(new RunStore(target).load(young).weights.unused?.data).toHaveLength(600);
    shared.lack(old, 'chunk 3 is missing');
    await expect(runsOfStore(shared)).rejects.toThrow(/^chunk 3 is missing$/);
  });
});

describe('a copy is refused', () => {
  it('with a file that this version does not know', async () => {
    fillHome();
    const { runs, ...rest } = await runsOfFolder(home);
    const foreign = { ...runs[0]!.files[0]!, name: 'index.bin' };
    const copied = { ...rest, runs: [{ id: old, files: [...runs[0]!.files, foreign] }] };
    await expect(writeRuns(target, copied)).rejects.toThrow(RunError);
    await expect(writeRuns(target, copied)).rejects.toThrow(/a run has a file index\.bin, which/);
    expect(existsSync(join(target, 'runs', old, 'index.bin'))).toBe(false);
  });

  it('when a run does not arrive as it was', async () => {
    fillHome();
    const copied = await runsOfFolder(home);
    writeFileSync(join(home, 'runs', young, 'log.jsonl'), 'x');
    await expect(writeRuns(target, copied)).rejects.toThrow(/log\.jsonl is damaged/);
  });

  it.each([
    ['../x', 'test.json'],
    [old, 'test.json/../../x'],
    [old, 'x.test.json'],
    [old, 'test.jsonl'],
    [old, 'report2.html'],
  ])('with the document of %s that is called %s', async (run, name) => {
    const document = { run, name, read: async () => '' };
    const copied = { runs: [], activations: [], documents: [document] };
    await expect(writeRuns(target, copied)).rejects.toThrow(
      `there is a document ${name} of run ${run}, which this version does not know`,
    );
  });
});
