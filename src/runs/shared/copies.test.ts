/** Copies of a store's runs in a home folder: what is fetched, what is trusted, and what is swept away. */
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
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryRuns } from '../../../test/fixtures/memory-runs.js';
import { smallRun } from '../../../test/fixtures/small-run.js';
import type { SharedRun } from '../../data/store/shared-runs.js';
import { RunError, StorageError } from '../../errors.js';
import { HomeLocks } from '../locks.js';
import { RunStore } from '../store.js';
import { publishedFiles, RunCopies } from './copies.js';

const id = 'popularity-1';

let home: string;
let folder: string;
let shared: MemoryRuns;
let copies: RunCopies;
let local: RunStore;

/** Puts a run into the store, without a home that keeps it. */
async function inStore(run = id, contents = smallRun(600)): Promise<SharedRun> {
  const maker = mkdtempSync(join(tmpdir(), 'multvae-maker-'));
  try {
    new RunStore(maker).publish(run, contents);
    await shared.publish(run, await publishedFiles(join(maker, 'runs', run), run));
  } finally {
    rmSync(maker, { recursive: true });
  }
  return (await shared.find(run))!;
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-copies-'));
  folder = join(home, 'runs');
  shared = new MemoryRuns();
  copies = new RunCopies(home, shared);
  local = new RunStore(home);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});

const names = () => (existsSync(folder) ? readdirSync(folder).sort() : []);
const reads = () => shared.asked.filter((call) => call.startsWith('read')).length;

describe('a copy', () => {
  it('is fetched whole, marked with the store, and not fetched again', async () => {
    const run = await inStore();
    expect(await copies.has(run)).toBe(false);
    expect(await copies.isCopy(id)).toBe(false);
    await copies.obtain(run);
    expect(names()).toEqual([`.stored-${id}`, id]);
    expect(readFileSync(join(folder, `.stored-${id}`), 'utf8')).toBe('identity of memory\n');
    expect(local.load(id).weights.unused?.data).toEqual(smallRun(600).weights.unused!.data);
    expect(readdirSync(join(home, 'locks')).filter((name) => name.includes('fetch'))).toEqual([]);
    const before = reads();
    await copies.obtain(run);
    expect(reads()).toBe(before);
    expect(await copies.isCopy(id)).toBe(true);
    expect(await new RunCopies(home, new MemoryRuns('another')).isCopy(id)).toBe(false);
    expect(copies.ownIds()).toEqual([]);
  });

  it('counts as there when the same run is, which gets the mark that it lacks', async () => {
    local.publish(id, smallRun(600));
    await shared.publish(id, await copies.files(id));
    expect(copies.ownIds()).toEqual([id]);
    await copies.obtain((await shared.find(id))!);
    expect(reads()).toBe(0);
    expect(copies.ownIds()).toEqual([]);
  });

  it.each(['weights.safetensors', 'SHA256SUMS'])('is replaced where %s is gone', async (file) => {
    const run = await inStore();
    await copies.obtain(run);
    rmSync(join(folder, id, file));
    expect(await copies.has(run)).toBe(false);
    await copies.obtain(run);
    expect(local.load(id).id).toBe(id);
    expect(names()).toEqual([`.stored-${id}`, id]);
  });

  it('is replaced where the store holds the run anew, and stays where it is of no store', async () => {
    await copies.obtain(await inStore());
    const other = await inStore(id, smallRun(7));
    expect(await copies.has(other)).toBe(false);
    await copies.obtain(other);
    expect(local.load(id).weights.unused?.data).toHaveLength(7);
    rmSync(join(folder, `.stored-${id}`));
    const third = await inStore(id, smallRun(8));
    await expect(copies.obtain(third)).rejects.toThrow(/holds another run than memory has under/);
    expect(local.load(id).weights.unused?.data).toHaveLength(7);
  });

  it('leaves nothing where a file of it is damaged, foreign or cut off', async () => {
    const run = await inStore();
    shared.damage(id, 'weights.safetensors');
    await expect(copies.obtain(run)).rejects.toThrow(/weights\.safetensors is damaged/);
    const foreign = { ...run, files: [...run.files, { name: 'x', bytes: 1, sha256: '' }] };
    await expect(copies.obtain(foreign)).rejects.toThrow(/popularity-1 in memory has a file x/);
    shared.onChunk = () => {
      throw Object.assign(new Error('ENOSPC: raw'), { code: 'ENOSPC', syscall: 'write' });
    };
    await expect(copies.obtain(run)).rejects.toMatchObject({ fault: 'full' });
    expect(names()).toEqual([]);
  });

  it('is given up in the middle, with the reason', async () => {
    const run = await inStore();
    const control = new AbortController();
    const reason = new Error('no time');
    let chunks = 0;
    shared.onChunk = () => {
      if (++chunks === 3) control.abort(reason);
    };
    await expect(copies.obtain(run, control.signal)).rejects.toBe(reason);
    expect(chunks).toBe(3);
    await expect(copies.obtain(run, control.signal)).rejects.toBe(reason);
    expect(names()).toEqual([]);
    shared.onChunk = () => {};
    await copies.obtain(run);
    expect(local.load(id).id).toBe(id);
  });

  it('is waited for while another fetches it, and the waiting can be given up', async () => {
    const run = await inStore();
    const locks = new HomeLocks(home);
    const claim = locks.alone(() => locks.claim(`${id}.fetch`))!;
    const control = new AbortController();
    const given = copies.obtain(run, control.signal);
    const waited = copies.obtain(run);
    control.abort(new Error('no time'));
    await expect(given).rejects.toThrow('no time');
    expect(reads()).toBe(0);
    claim.release();
    await waited;
    expect(local.load(id).id).toBe(id);
  });

  it('is looked for again by whoever gets the lock', async () => {
    const run = await inStore();
    const first = copies.obtain(run);
    const second = new RunCopies(home, shared).obtain(run);
    await Promise.all([first, second]);
    const ofWeights = shared.asked.filter((call) => call === `read ${id} weights.safetensors`);
    expect(ofWeights).toHaveLength(1);
  });

  it('says which disk refuses', async () => {
    const run = await inStore();
    writeFileSync(folder, 'no folder');
    await expect(copies.mark(id)).rejects.toThrow(StorageError);
    await expect(copies.obtain(run)).rejects.toThrow(/runs/);
    shared.isGone = true;
    await expect(copies.mark(id)).rejects.toThrow('memory cannot be reached');
    rmSync(folder);
  });
});

describe('sweeping', () => {
  it('takes copies of removed runs, leftovers, and nothing else', async () => {
    const removed = 'popularity-removed';
    const lost = 'popularity-lost';
    const foreign = 'popularity-foreign';
    local.publish('popularity-own', smallRun());
    for (const run of [id, removed, lost]) await copies.obtain(await inStore(run));
    const other = new MemoryRuns('another');
    local.publish(foreign, smallRun());
    await other.publish(foreign, await copies.files(foreign));
    await new RunCopies(home, other).mark(foreign);
    await other.remove(foreign);
    await shared.publish(foreign, await copies.files(foreign));
    await shared.remove(foreign);
    await shared.remove(removed);
    vi.spyOn(shared, 'find').mockResolvedValue(null);
    for (const name of ['.discarded-x-1', '.fetching-x-2', '.fetching-x-3']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'half'), '');
    }
    writeFileSync(join(folder, '.stored-no run'), 'identity of memory\n');
    mkdirSync(join(folder, 'xfetching-x-4'));
    const locks = new HomeLocks(home);
    const fetching = locks.alone(() => locks.claim('x-3.fetch'))!;
    await copies.purge();
    const kept = ['popularity-own', id, lost, foreign].sort();
    expect(names().filter((name) => !name.startsWith('.'))).toEqual([...kept, 'xfetching-x-4']);
    expect(names().filter((name) => name.startsWith('.'))).toEqual(
      [
        '.fetching-x-3',
        '.stored-no run',
        ...kept.slice(0, 3).map((run) => `.stored-${run}`),
      ].sort(),
    );
    expect(shared.asked).toContain(`removedAmong ${[id, lost, removed].sort()}`);
    fetching.release();
    await copies.purge();
    expect(names()).not.toContain('.fetching-x-3');
    expect(readdirSync(join(home, 'locks')).filter((name) => name.includes('fetch'))).toEqual([]);
  });

  it('does nothing in a home without runs', async () => {
    await copies.purge();
    copies.discard(id);
    expect(copies.ownIds()).toEqual([]);
    expect(names()).toEqual([]);
  });

  it('says which folder cannot be removed', async () => {
    writeFileSync(folder, 'no folder');
    expect(() => copies.discard(id)).toThrow(`${folder}/.stored-${id} cannot be removed`);
  });
});

it('a run with a damaged file is not published', async () => {
  local.publish(id, smallRun());
  const [sums, description] = await copies.files(id);
  expect([sums?.name, description?.name]).toEqual(['SHA256SUMS', 'run.json']);
  expect(description?.bytes).toBe(readFileSync(join(folder, id, 'run.json')).length);
  writeFileSync(join(folder, id, 'log.jsonl'), 'x');
  await expect(copies.files(id)).rejects.toThrow(RunError);
});
